"""The mailbox page and the control API under /mail/control/: playing the prospects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from syncing.sandbox.mail.answers import answer, out_of_office
from syncing.sandbox.mail.faults import parse_fault
from syncing.sandbox.mail.mailboxes import mailbox_of
from syncing.sandbox.mail.office import Office
from syncing.sandbox.mail.servers import MailServers
from syncing.sandbox.mail.views import message_row
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply, plain_text

Body = dict[str, Any]
LISTED = 200


class MailControl:
    """Answers what begins with /mail."""

    def __init__(self, office: Office, servers: MailServers) -> None:
        self._office = office
        self._servers = servers
        self._reads: dict[str, Callable[[Request], Any]] = {
            "health": self._health,
            "messages": self._messages,
            "faults": self._faults,
        }
        self._verbs: dict[str, Callable[[Body], Body]] = {
            "answer": self._answer,
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
        verb = request.path.removeprefix("/mail/control/")
        if request.method == "GET" and verb in self._reads:
            return _json(self._reads[verb](request))
        if request.method == "GET" and verb == "raw":
            return self._raw(request)
        if request.method != "POST" or verb not in self._verbs:
            return plain_text(404, "There is no such control.")
        # A page of another site can send a form to this machine, but no JSON.
        if not request.headers.get("content-type", "").startswith("application/json"):
            return plain_text(415, "Controls take JSON.")
        try:
            return _json(self._verbs[verb](json.loads(request.body or b"{}")))
        except (KeyError, LookupError, TypeError, ValueError) as error:
            return Reply(400, json.dumps({"error": f"{type(error).__name__}: {error}"}).encode())

    def _health(self, request: Request) -> Body:
        return {
            "smtp_port": self._servers.smtp_port,
            "imap_port": self._servers.imap_port,
            **self._office.mailboxes.counts(),
        }

    def _messages(self, request: Request) -> list[Body]:
        """The newest, or with `mailbox` everything in that one, oldest first."""
        mailbox = request.text("mailbox")
        if mailbox:
            found = self._office.mailboxes.in_mailbox(mailbox_of(mailbox))
        else:
            found = self._office.mailboxes.newest(like=request.text("q") or "", limit=LISTED)
        return [message_row(self._office.mailboxes, message) for message in found]

    def _raw(self, request: Request) -> Reply:
        try:
            raw = self._office.mailboxes.raw(int(request.text("id") or 0))
        except LookupError as error:
            return plain_text(404, str(error))
        return Reply(200, raw, "text/plain")

    def _faults(self, request: Request) -> list[Body]:
        return self._office.faults.listed()

    def _answer(self, body: Body) -> Body:
        message = self._office.mailboxes.message(body["id"])
        write = out_of_office if body.get("out_of_office") else answer
        made = write(
            message,
            self._office.mailboxes.raw(message.id),
            text=body.get("text", ""),
            from_address=body.get("from_address") or message.recipient,
        )
        self._office.answer(message, made)
        return {}

    def _bounce(self, body: Body) -> Body:
        message = self._office.mailboxes.message(body["id"])
        self._office.return_to_sender(message, permanent=body.get("permanent", True))
        return {}

    def _complain(self, body: Body) -> Body:
        self._office.complain(self._office.mailboxes.message(body["id"]))
        return {}

    def _add_fault(self, body: Body) -> Body:
        return {"id": self._office.faults.add(parse_fault(body))}

    def _remove_fault(self, body: Body) -> Body:
        self._office.faults.remove(body["id"])
        return {}

    def _clear_faults(self, body: Body) -> Body:
        self._office.faults.clear()
        return {}

    def _renumber(self, body: Body) -> Body:
        standing = self._office.mailboxes.renumber(mailbox_of(body["mailbox"]))
        return {"uid_validity": standing.uid_validity}

    def _clear(self, body: Body) -> Body:
        """Empty all mailboxes and forget the faults."""
        self._office.mailboxes.clear()
        self._office.faults.clear()
        return {}


def _json(value: Any) -> Reply:
    return Reply(200, json.dumps(value, ensure_ascii=False).encode())
