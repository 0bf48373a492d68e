"""The provider's API and its page, below /calls."""

from __future__ import annotations

import hmac
import json
import re
from pathlib import Path

from syncing.sandbox import SANDBOX_CALLS_TOKEN
from syncing.sandbox.calls.exchange import Exchange
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply, plain_text
from syncing.sandbox.pages import PageFiles

PAGE = PageFiles(
    Path(__file__).parent / "page",
    {"/calls": "index.html", "/calls/control/page.js": "page.js"},
)
_CALL = re.compile(r"/calls/(?P<id>call-[0-9a-f]+)(?P<recording>/recording)?\Z")


class CallControl:
    """Answers what begins with /calls."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def reply(self, request: Request) -> Reply:
        match request.method, request.path:
            case "POST", "/calls":
                return self._authorised(request) or self._start(request)
            case "POST", "/calls/control/plan":
                return self._change_plan(request)
            case "GET", "/calls/control/plan":
                return _json(200, vars(self._exchange.plan))
            case "GET", "/calls/control/calls":
                return _json(200, self._exchange.listed())
            case "GET", path:
                return PAGE.reply(path) or self._show(path, request)
        return _error(404, "There is no such call control.")

    def _start(self, request: Request) -> Reply:
        try:
            call, is_new = self._exchange.start(
                json.loads(request.body),
                key=request.headers.get("idempotency-key", ""),
                base_url=f"http://{request.headers.get('host', 'localhost')}",
            )
        except (AttributeError, ValueError) as error:
            return _error(422, str(error))
        return _json(201 if is_new else 200, call)

    def _show(self, path: str, request: Request) -> Reply:
        found = _CALL.match(path)
        if found is None:
            return _error(404, "There is no such call control.")
        try:
            call = self._exchange.call(found["id"])
        except LookupError as error:
            return _error(404, str(error))
        if found["recording"]:
            return plain_text(200, "Here would be what was said.")
        return self._authorised(request) or _json(200, call.as_dict())

    def _change_plan(self, request: Request) -> Reply:
        # A page of another site can send a form to this machine, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return _error(415, "Controls take JSON.")
        try:
            self._exchange.plan = self._exchange.plan.changed(json.loads(request.body))
        except (TypeError, ValueError) as error:
            return _error(400, str(error))
        return _json(200, vars(self._exchange.plan))

    def _authorised(self, request: Request) -> Reply | None:
        """The refusal for who does not bring the token."""
        sent = request.headers.get("authorization", "")
        if hmac.compare_digest(sent.encode(), f"Bearer {SANDBOX_CALLS_TOKEN}".encode()):
            return None
        return _error(401, "The token is missing or wrong.")


def _json(status: int, value: object) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())


def _error(status: int, text: str) -> Reply:
    return _json(status, {"error": text})
