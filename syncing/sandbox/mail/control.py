"""The mailbox page at /mail and its control API: reading everybody's mail, playing prospects."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from syncing.sandbox.mail.browser import Visit
from syncing.sandbox.mail.faults import FaultKind, Stage, parse_fault
from syncing.sandbox.mail.mailboxes import mailbox_of
from syncing.sandbox.mail.office import Office
from syncing.sandbox.mail.prospect import Prospect
from syncing.sandbox.mail.servers import MailServers
from syncing.sandbox.mail.views import message_page, message_row
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply, plain_text
from syncing.sandbox.pages import PageFiles

Body = dict[str, Any]
LISTED = 200
PAGE = PageFiles(
    Path(__file__).parent / "page",
    {
        "/mail": "index.html",
        "/mail/control/page.css": "page.css",
        "/mail/control/page.js": "page.js",
    },
)
# What a message shows of itself: its own style, no scripts, nothing from the web.
_MESSAGE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class MailControl:
    """Answers what begins with /mail."""

    def __init__(self, office: Office, servers: MailServers) -> None:
        self._office = office
        self._servers = servers
        self._reads: dict[str, Callable[[Request], Any]] = {
            "health": self._health,
            "messages": self._messages,
            "message": self._message,
            "faults": lambda _: office.faults.listed(),
            "fault_kinds": lambda _: {"kinds": list(FaultKind), "stages": list(Stage)},
        }
        self._verbs: dict[str, Callable[[Body], Any]] = {
            "open": self._open,
            "click": self._click,
            "scan": self._scan,
            "unsubscribe": self._unsubscribe,
            "answer": self._answer,
            "out_of_office": self._out_of_office,
            "bounce": self._bounce,
            "complain": self._complain,
            "add_fault": self._add_fault,
            "remove_fault": self._remove_fault,
            "clear_faults": self._clear_faults,
            "renumber": self._renumber,
            "clear": self._clear,
        }

    def reply(self, request: Request) -> Reply:
        """Answer one request; whatever is wrong with it is a 400 that says so."""
        if file := PAGE.reply(request.path):
            return file
        verb = request.path.removeprefix("/mail/control/")
        try:
            return self._read(verb, request) if request.method == "GET" else self._do(verb, request)
        except (KeyError, LookupError, TypeError, ValueError) as error:
            return Reply(400, json.dumps({"error": _words(error)}).encode())

    def _read(self, verb: str, request: Request) -> Reply:
        if verb == "raw":
            return Reply(200, self._office.mailboxes.raw(_id(request)), "text/plain")
        if verb == "html":
            return self._html(request)
        if verb not in self._reads:
            return plain_text(404, "There is no such control.")
        return _json(self._reads[verb](request))

    def _do(self, verb: str, request: Request) -> Reply:
        if verb not in self._verbs:
            return plain_text(404, "There is no such control.")
        # A page of another site can send a form to this machine, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return plain_text(415, "Controls take JSON.")
        return _json(self._verbs[verb](json.loads(request.body or b"{}")) or {})

    # What there is

    def _health(self, request: Request) -> Body:
        return {
            "smtp_port": self._servers.smtp_port,
            "imap_port": self._servers.imap_port,
            **self._office.mailboxes.counts(),
        }

    def _messages(self, request: Request) -> list[Body]:
        """The newest, or with `mailbox` everything in that one, oldest first."""
        mailboxes = self._office.mailboxes
        if mailbox := request.text("mailbox"):
            found = mailboxes.in_mailbox(mailbox_of(mailbox))
        else:
            found = mailboxes.newest(like=request.text("q") or "", limit=LISTED)
        return [message_row(mailboxes, message) for message in found]

    def _message(self, request: Request) -> Body:
        return message_page(self._office.mailboxes, Prospect(self._office, _id(request)))

    def _html(self, request: Request) -> Reply:
        """The HTML of a message for a frame. Its links open nothing: the page has buttons."""
        html = f'<!doctype html><base target="_blank">{Prospect(self._office, _id(request)).html}'
        headers = {"Content-Security-Policy": _MESSAGE_POLICY}
        return Reply(200, html.encode(), "text/html;charset=UTF-8", headers)

    # What prospects do

    def _prospect(self, body: Body) -> Prospect:
        return Prospect(self._office, body["id"])

    def _open(self, body: Body) -> Body:
        return _visits(self._prospect(body).open())

    def _click(self, body: Body) -> Body:
        return _visits([self._prospect(body).click(body["url"])])

    def _scan(self, body: Body) -> Body:
        return _visits(self._prospect(body).scan())

    def _unsubscribe(self, body: Body) -> Body:
        return _visits([self._prospect(body).unsubscribe()])

    def _answer(self, body: Body) -> None:
        text, from_address = body.get("text", ""), body.get("from_address", "")
        self._prospect(body).answer(text=text, from_address=from_address)

    def _out_of_office(self, body: Body) -> None:
        self._prospect(body).answer_automatically(text=body.get("text", ""))

    def _bounce(self, body: Body) -> None:
        self._prospect(body).bounce(permanent=body.get("permanent", True))

    def _complain(self, body: Body) -> None:
        self._prospect(body).complain()

    # What servers do

    def _add_fault(self, body: Body) -> Body:
        return {"id": self._office.faults.add(parse_fault(body))}

    def _remove_fault(self, body: Body) -> None:
        self._office.faults.remove(body["id"])

    def _clear_faults(self, body: Body) -> None:
        self._office.faults.clear()

    def _renumber(self, body: Body) -> Body:
        standing = self._office.mailboxes.renumber(mailbox_of(body["mailbox"]))
        return {"uid_validity": standing.uid_validity}

    def _clear(self, body: Body) -> None:
        """Empty all mailboxes and forget the faults."""
        self._office.mailboxes.clear()
        self._office.faults.clear()


def _id(request: Request) -> int:
    return int(request.text("id") or 0)


def _visits(visits: list[Visit]) -> Body:
    return {"visits": [asdict(visit) for visit in visits]}


def _words(error: Exception) -> str:
    return f"There is no {error}." if isinstance(error, KeyError) else str(error)


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value, ensure_ascii=False).encode())
