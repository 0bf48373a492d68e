"""The mailbox server as a test sees it: what arrived, and how the prospects take it."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any
from urllib.parse import quote

from syncing.sandbox.controls import Controls

SMTP_SECONDS = 60


@dataclass(frozen=True)
class Received:
    """One message in somebody's mailbox. The sender is the envelope's; a bounce has none."""

    id: int
    uid: int
    sender: str
    recipient: str
    flags: tuple[str, ...]
    raw: bytes

    @cached_property
    def mime(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


class Mail:
    """A running mailbox server. Any user signs in with SANDBOX_MAIL_PASSWORD, without TLS."""

    host = "127.0.0.1"

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._controls = Controls(f"{base_url}/mail/control")
        health = self._controls.read("health")
        self.smtp_port = int(health["smtp_port"])
        self.imap_port = int(health["imap_port"])

    def messages(self, address: str) -> list[Received]:
        """What is in the mailbox of this address, oldest first."""
        rows = self._controls.read(f"messages?mailbox={quote(address)}")
        return [self._received(row) for row in rows]

    def message(self, address: str) -> Received:
        """The newest in this mailbox; raises LookupError when it is empty."""
        found = self.messages(address)
        if not found:
            raise LookupError(f"Nothing arrived for {address}.")
        return found[-1]

    def count(self) -> int:
        """Messages in all mailboxes."""
        return int(self._controls.read("health")["messages"])

    def deliver(self, to: str, raw: bytes, *, sender: str = "prospect@example.com") -> None:
        """Send these very bytes by SMTP. An empty sender is what bounces have."""
        with smtplib.SMTP(self.host, self.smtp_port, timeout=SMTP_SECONDS) as smtp:
            smtp.sendmail(sender, [to], raw)

    def open(self, message: Received) -> list[dict[str, Any]]:
        """Load its pictures as a mail program does; each visit's addresses and status."""
        return self._visits("open", id=message.id)

    def links(self, message: Received) -> list[str]:
        """The web addresses in the message."""
        return [link["url"] for link in self._controls.read(f"message?id={message.id}")["links"]]

    def click(self, message: Received, url: str) -> list[str]:
        """Each address on the way; another host than the link's own is not visited."""
        addresses: list[str] = self._visits("click", id=message.id, url=url)[0]["addresses"]
        return addresses

    def scan(self, message: Received) -> list[dict[str, Any]]:
        """Load and follow everything at once, as security scanners do."""
        return self._visits("scan", id=message.id)

    def unsubscribe(self, message: Received) -> int:
        """One click (RFC 8058); the HTTP status that answered it."""
        return int(self._visits("unsubscribe", id=message.id)[0]["status"])

    def answer(
        self,
        message: Received,
        *,
        text: str = "",
        from_address: str = "",
        out_of_office: bool = False,
    ) -> None:
        """Reply with the original quoted, from the recipient's address or another one.

        `out_of_office` makes it an automatic answer, which comes from the recipient.
        """
        if out_of_office:
            self._controls.do("out_of_office", id=message.id, text=text)
        else:
            self._controls.do("answer", id=message.id, text=text, from_address=from_address)

    def bounce(self, message: Received, *, permanent: bool = True) -> None:
        """Report to the envelope sender that the message could not be delivered (yet)."""
        self._controls.do("bounce", id=message.id, permanent=permanent)

    def complain(self, message: Received) -> None:
        """Report to the envelope sender that the recipient marked it as spam."""
        self._controls.do("complain", id=message.id)

    def renumber(self, address: str) -> None:
        """Number the messages of a mailbox anew, under another UIDVALIDITY."""
        self._controls.do("renumber", mailbox=address)

    def add_fault(self, kind: str, at: str, **rest: Any) -> int:
        """Order a fault, see `faults.Fault`; once unless `times` says otherwise (0: for ever)."""
        return int(self._controls.do("add_fault", kind=kind, at=at, **rest)["id"])

    def clear_faults(self) -> None:
        self._controls.do("clear_faults")

    def clear(self) -> None:
        """Empty all mailboxes and forget the faults."""
        self._controls.do("clear")

    def deeds(self, message: Received) -> list[str]:
        """What was done with it, oldest first."""
        deeds = self._controls.read(f"message?id={message.id}")["deeds"]
        return [deed["what"] for deed in reversed(deeds)]

    def _visits(self, verb: str, **body: Any) -> list[dict[str, Any]]:
        visits: list[dict[str, Any]] = self._controls.do(verb, **body)["visits"]
        return visits

    def _received(self, row: dict[str, Any]) -> Received:
        return Received(
            id=row["id"],
            uid=row["uid"],
            sender=row["sender"],
            recipient=row["recipient"],
            flags=tuple(row["flags"]),
            raw=self._controls.bytes(f"raw?id={row['id']}"),
        )
