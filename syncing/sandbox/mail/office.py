"""What the mail office is made of, shared by its SMTP door, its IMAP door and its page."""

from __future__ import annotations

import hmac
from pathlib import Path

from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from syncing.sandbox.mail.faults import Faults
from syncing.sandbox.mail.mailboxes import Mailboxes, Message
from syncing.sandbox.mail.reports import bounce


class Office:
    """The mailboxes, the faults on order, and the house rules."""

    def __init__(self, directory: Path) -> None:
        self.mailboxes = Mailboxes(directory)
        self.faults = Faults()

    def knows(self, password: bytes) -> bool:
        """Everybody has the same password."""
        return hmac.compare_digest(password, SANDBOX_MAIL_PASSWORD.encode())

    def accept(self, *, sender: str, recipients: list[str], raw: bytes) -> list[int]:
        """Store a message; addresses that begin with `bounce` send it back. The ids."""
        ids = self.mailboxes.deliver(sender=sender, recipients=recipients, raw=raw)
        if any(_is_bouncing(recipient) for recipient in recipients):
            for message in map(self.mailboxes.message, ids):
                if _is_bouncing(message.recipient):
                    permanent = not message.recipient.lower().startswith("bounce-soft")
                    self.return_to_sender(message, permanent=permanent)
        return ids

    def return_to_sender(self, message: Message, *, permanent: bool) -> None:
        """Write a bounce to the envelope sender; what has none is a bounce itself."""
        if message.sender:
            report = bounce(message, self.mailboxes.raw(message.id), permanent=permanent)
            self.mailboxes.deliver(sender="", recipients=[message.sender], raw=report)
            self.mailboxes.note(message.id, "bounced" if permanent else "bounced for now")

    def close(self) -> None:
        self.mailboxes.close()


def _is_bouncing(address: str) -> bool:
    return address.lower().startswith("bounce")
