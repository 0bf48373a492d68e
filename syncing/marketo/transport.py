"""One call to Marketo: token, budget, HTTP, verdict, and another try where that is right."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests
import structlog

from syncing.errors import (
    Ambiguous,
    Misconfigured,
    Permanent,
    QuotaExhausted,
    SyncError,
    Transient,
)
from syncing.marketo.budget import CallBudget, Priority
from syncing.marketo.credentials import Credentials
from syncing.marketo.envelope import Envelope, read_envelope
from syncing.marketo.faults import NONSENSE, Rule, Verdict, rule_for
from syncing.marketo.network import describe_failure, new_session, until
from syncing.marketo.retries import PACES, Retries, TokenRejected
from syncing.marketo.tokens import TokenCache

log = structlog.get_logger(__name__)

# Marketo answers an address above 8 KB with 414.
_LONGEST_URL = 7_500
_CONNECT_TIMEOUT = 10.0

_tokens = TokenCache()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address, how long Marketo itself may take for it, and whether calling twice does harm.

    Only feeds `may_omit_result` for want of rows; anywhere else its absence says nothing.
    """

    method: str
    path: str
    read_timeout: float = 35
    writes: bool = False
    may_omit_result: bool = False


class Transport:
    """Thread-safe. Raises nothing but the errors of syncing.errors, without secrets or URLs."""

    def __init__(
        self,
        credentials: Credentials,
        budget: CallBudget,
        priority: Priority,
        *,
        within_seconds: float = math.inf,
    ) -> None:
        self.budget = budget
        self.calls = 0
        self.bytes_downloaded = 0
        self._credentials = credentials
        self._priority = priority
        self._deadline = time.monotonic() + within_seconds
        self._session = new_session()
        self._tally = threading.Lock()

    def close(self) -> None:
        self._session.close()

    def authenticate(self) -> None:
        """Ask for a new token, so that credentials gone bad show."""
        _tokens.renew(self._session, self._credentials)

    def retries(self) -> Retries:
        return Retries(PACES[self._priority], deadline=self._deadline)

    def goes_as_form(self, endpoint: Endpoint, params: Mapping[str, str]) -> bool:
        return endpoint.method == "GET" and len(self._url(endpoint.path, params)) > _LONGEST_URL

    def call(
        self, endpoint: Endpoint, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Envelope:
        """Call until there is an answer, patience ends, or the error is one that stays.

        A read is repeated after whatever may pass by itself; a write only when Marketo surely
        has not done it, else it ends in Ambiguous.
        """
        request = self._prepared(endpoint, params or {}, body)
        retries = self.retries()
        while True:
            try:
                return self._exchange(endpoint, request, retries.patience)
            except Ambiguous:
                raise
            except Transient as error:
                retries.wait_after(error)

    def call_once(self, endpoint: Endpoint, body: Any, *, begin_within: float) -> Envelope:
        """Call once, not later than in so many seconds; only a refused token is worth another try.

        Later than that somebody else may think that this call was never made.
        """
        request = self._prepared(endpoint, {}, body)
        begin_by = time.monotonic() + begin_within
        try:
            return self._exchange(endpoint, request, begin_within, begin_by=begin_by)
        except TokenRejected:
            patience = max(0.0, begin_by - time.monotonic())
            return self._exchange(endpoint, request, patience, begin_by=begin_by)

    @contextmanager
    def stream(self, endpoint: Endpoint, *, first_byte: int) -> Iterator[requests.Response]:
        """An open answer with a file's bytes from `first_byte` on; one try, success or error."""
        request = self._prepared(endpoint, {}, None)
        # Offsets count the file's own bytes.
        request.headers["Accept-Encoding"] = "identity"
        if first_byte:
            request.headers["Range"] = f"bytes={first_byte}-"
        token = _tokens.get(self._session, self._credentials, self._deadline)
        with (
            self.budget.slot(priority=self._priority, patience=self.retries().patience),
            self._send(endpoint, request, token, stream=True) as response,
        ):
            if _is_no_file(response):
                self._load(endpoint, response)
                self._understand(endpoint, response, token)
            log.info("marketo_file_opened", path=endpoint.path, first_byte=first_byte)
            yield response

    def count_bytes(self, number: int) -> None:
        with self._tally:
            self.bytes_downloaded += number

    def broken(self, endpoint: Endpoint, error: requests.RequestException) -> SyncError:
        """The error to raise, outside of the handler, for one of requests' own.

        Theirs carries the address and the headers, so it may not even be the context of ours.
        """
        failure = describe_failure(error, self._credentials.base_url)
        log.warning("marketo_call_failed", path=endpoint.path, reason=failure.words)
        uncertain = endpoint.writes and failure.may_have_arrived
        return Ambiguous(failure.words) if uncertain else Transient(failure.words)

    def _exchange(
        self,
        endpoint: Endpoint,
        request: requests.Request,
        patience: float,
        *,
        begin_by: float = math.inf,
    ) -> Envelope:
        begin_by = min(begin_by, self._deadline)
        token = _tokens.get(self._session, self._credentials, self._deadline)
        with self.budget.slot(priority=self._priority, patience=patience):
            if time.monotonic() > begin_by:
                raise Transient("It got too late to call Marketo.")
            response = self._send(endpoint, request, token)
        self.count_bytes(len(response.content))
        return self._understand(endpoint, response, token)

    def _prepared(
        self, endpoint: Endpoint, params: Mapping[str, str], body: Any
    ) -> requests.Request:
        headers = {"Accept-Encoding": "gzip"}
        if self.goes_as_form(endpoint, params):
            url = self._url(endpoint.path, {"_method": "GET"})
            return requests.Request("POST", url, headers, data=dict(params))
        url = self._url(endpoint.path, params)
        return requests.Request(endpoint.method, url, headers, json=body)

    def _url(self, path: str, params: Mapping[str, str]) -> str:
        query = f"?{urlencode(params)}" if params else ""
        return f"{self._credentials.base_url}{path}{query}"

    def _send(
        self, endpoint: Endpoint, request: requests.Request, token: str, *, stream: bool = False
    ) -> requests.Response:
        prepared = self._session.prepare_request(request)
        prepared.headers["Authorization"] = f"Bearer {token}"
        with self._tally:
            self.calls += 1
        try:
            return self._session.send(
                prepared,
                timeout=until(self._deadline, _CONNECT_TIMEOUT, self._read_timeout(endpoint)),
                allow_redirects=False,
                stream=stream,
            )
        except requests.RequestException as error:
            failure = self.broken(endpoint, error)
        raise failure

    def _load(self, endpoint: Endpoint, response: requests.Response) -> None:
        """Read the rest of a streamed answer that is an error."""
        try:
            self.count_bytes(len(response.content))
        except requests.RequestException as error:
            failure = self.broken(endpoint, error)
        else:
            return
        raise failure

    def _read_timeout(self, endpoint: Endpoint) -> float:
        return min(endpoint.read_timeout, PACES[self._priority].longest_read)

    def _understand(self, endpoint: Endpoint, response: requests.Response, token: str) -> Envelope:
        envelope = read_envelope(response, may_omit_result=endpoint.may_omit_result)
        log.info(
            "marketo_call",
            path=endpoint.path,
            status=response.status_code,
            request_id=envelope.request_id,
            code=envelope.code,
            seconds=round(response.elapsed.total_seconds(), 3),
        )
        if not envelope.code:
            return envelope
        rule = rule_for(envelope.code, envelope.message)
        if rule.verdict is Verdict.EMPTY:
            return envelope
        if rule.verdict is Verdict.REFRESH:
            _tokens.forget(self._credentials, token)
        words = rule.words or envelope.message.replace(token, "…") or f"Marketo: {envelope.code}"
        raise self._error(endpoint, envelope, rule, words)

    def _error(self, endpoint: Endpoint, envelope: Envelope, rule: Rule, words: str) -> SyncError:
        code = "" if envelope.code == NONSENSE else envelope.code
        request_id = envelope.request_id
        if rule.verdict is Verdict.PERMANENT:
            return Permanent(words, code=code, request_id=request_id)
        if rule.verdict is Verdict.MISCONFIGURED:
            return Misconfigured(words, setting=rule.setting, code=code, request_id=request_id)
        if rule.verdict is Verdict.QUOTA:
            resets_at = self._quota_resets_at(code)
            return QuotaExhausted(words, resets_at=resets_at, code=code, request_id=request_id)
        kind = Ambiguous if endpoint.writes and rule.verdict is Verdict.UNCERTAIN else Transient
        if rule.verdict is Verdict.REFRESH:
            kind = TokenRejected
        retry_after = self._let_rest(rule)
        return kind(words, code=code, request_id=request_id, retry_after=retry_after)

    def _let_rest(self, rule: Rule) -> float | None:
        least, spread = rule.everyone_rests
        if not least:
            return rule.retry_after
        rest = least + random.uniform(0, spread)  # noqa: S311
        self.budget.rest(rest)
        return rest

    def _quota_resets_at(self, code: str) -> datetime:
        """The quota of calls stops everybody, that of exported megabytes only exports."""
        return self.budget.stop_until_reset() if code == "607" else self.budget.quota_resets_at()


def _is_no_file(response: requests.Response) -> bool:
    """Errors come with HTTP 200 as JSON; files are text/csv, with or without a charset."""
    kind = response.headers.get("Content-Type", "")
    return not response.ok or response.is_redirect or kind.startswith("application/json")
