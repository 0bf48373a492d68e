"""From a request to its answer: session, limits, handler, and faults on the way."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import NoAnswer, Reply
from syncing.sandbox.marketo.journal import Entry
from syncing.sandbox.salesforce import authorize, describe, oauth
from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.faults import Fault, FaultKind
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.perform import cost, perform
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.sessions import Session

DATA = "/services/data"
PATH_SHOWN = 300
_VERSION = re.compile(rf"{DATA}/v(?P<number>\d+)\.0(?P<rest>/.*)?\Z")
_VARYING = re.compile(r"(?<=/)[0-9A-Za-z]{15,18}(?=/|\Z)|(?<=__c/).+|(?<=/query/).+")
_HTML = b"<html><body><h1>Service unavailable</h1><p>We will be back soon.</p></body></html>"
Outcome = Reply | NoAnswer


class SalesforceApi:
    """Answers what begins with /services or /id."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def reply(self, request: Request) -> Outcome:
        org = self._org
        started = time.perf_counter()
        org.commit_due()
        fault = org.faults.take(request.method, request.path)
        outcome = self._struck_before(fault, request) or self._answer(fault, request)
        outcome = _spoilt(fault, outcome)
        self._note(request, outcome, fault, 1000 * (time.perf_counter() - started))
        return outcome

    def _struck_before(self, fault: Fault | None, request: Request) -> Outcome | None:
        """What happens before the request takes effect, if that is the end of it."""
        if fault is None or fault.committed:
            return None
        match fault.kind:
            case FaultKind.RESET:
                return NoAnswer()
            case FaultKind.HANG:
                time.sleep(fault.seconds)
            case FaultKind.ERROR | FaultKind.HTTP:
                return _failure(fault)
            case FaultKind.EXPIRED_SESSION:
                token = request.headers.get("authorization", "").partition(" ")[2]
                self._org.sessions.revoke(token)
            case FaultKind.LATE_COMMIT:
                now = self._org.stamp()
                commit = partial(self._data, request, asked_at=now)
                self._org.commit_late(fault.seconds, open_since=now, commit=commit)
                return NoAnswer()
        return None

    def _answer(self, fault: Fault | None, request: Request) -> Reply:
        if not request.path.startswith(DATA):
            handler = authorize.reply if request.path.endswith("/authorize") else oauth.reply
            return handler(self._org, request)
        return self._data(request)

    def _data(self, request: Request, *, asked_at: str = "") -> Reply:
        """An answer of the data API; `asked_at` is for what is committed late."""
        if request.path.rstrip("/") == DATA:
            return Reply(200, json.dumps(describe.versions()).encode())
        try:
            session = self._session(request)
            api_request, base = _api_request(request)
            self._org.usage.add(cost(api_request))
            self._check_condition()
            reply = perform(
                self._org,
                api_request,
                user_id=session.grant.user_id,
                base=base,
                asked_at=asked_at,
            )
        except SalesforceError as error:
            reply = error.as_reply()
        return replace(reply, headers={**reply.headers, "Sforce-Limit-Info": self._usage()})

    def _session(self, request: Request) -> Session:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = self._org.sessions.find(token) if scheme.lower() in {"bearer", "oauth"} else None
        if session is None:
            raise SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return session

    def _check_condition(self) -> None:
        settings = self._org.settings
        if settings.maintenance:
            raise SalesforceError(503, "SERVER_UNAVAILABLE", "The server is down for maintenance")
        if not settings.api_enabled:
            message = "The REST API is not enabled for this Organization."
            raise SalesforceError(403, "API_DISABLED_FOR_ORG", message)
        if self._calls_made() > settings.daily_calls:
            message = "TotalRequests Limit exceeded."
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", message)

    def _calls_made(self) -> int:
        return self._org.usage.total() + self._org.settings.other_calls

    def _usage(self) -> str:
        maximum = self._org.settings.daily_calls
        return f"api-usage={min(self._calls_made(), maximum)}/{maximum}"

    def _note(
        self, request: Request, outcome: Outcome, fault: Fault | None, milliseconds: float
    ) -> None:
        reply = outcome if isinstance(outcome, Reply) else Reply(0)
        entry = Entry(
            at=self._org.stamp(),
            method=request.method,
            path=_shown_path(request),
            status=reply.status,
            code=reply.code,
            milliseconds=round(milliseconds, 1),
            request_id="",
            fault=fault.kind if fault else "",
        )
        self._org.journal.record(entry, f"{request.method} {_VARYING.sub('*', request.path)}")


def _api_request(request: Request) -> tuple[ApiRequest, str]:
    """The request below its version, and the address of that version."""
    found = _VERSION.match(request.path)
    if found is None or int(found["number"]) not in describe.VERSIONS:
        raise SalesforceError(404, "NOT_FOUND", "The requested resource does not exist")
    base = f"{DATA}/v{found['number']}.0"
    api_request = ApiRequest(
        request.method, found["rest"] or "", request.params, request.headers, request.body
    )
    return api_request, base


def _shown_path(request: Request) -> str:
    """Path and parameters, without what is secret."""
    path = urlsplit(request.path).path
    if not path.startswith(DATA):
        return path
    texts = [f"{name}={values[0]}" for name, values in request.params.items()]
    return (path + ("?" + "&".join(texts) if texts else ""))[:PATH_SHOWN]


def _failure(fault: Fault) -> Reply:
    if fault.kind is FaultKind.ERROR:
        return SalesforceError(fault.status, fault.code, fault.message).as_reply()
    return Reply(fault.status, _HTML if fault.html else b"", "text/html;charset=UTF-8")


def _spoilt(fault: Fault | None, outcome: Outcome) -> Outcome:
    """The answer as the fault leaves it, after the request took effect."""
    if fault is None or isinstance(outcome, NoAnswer):
        return outcome
    if fault.kind is FaultKind.TRUNCATED:
        return replace(outcome, body=outcome.body[: len(outcome.body) // 2])
    if not fault.committed:
        return outcome
    match fault.kind:
        case FaultKind.RESET:
            return NoAnswer()
        case FaultKind.HANG:
            time.sleep(fault.seconds)
        case FaultKind.ERROR | FaultKind.HTTP:
            return _failure(fault)
    return outcome
