"""Messages as the page shows them."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any

from syncing.sandbox.mail.mailboxes import Mailboxes, Message

HEAD_BYTES = 16 * 1024


def message_row(mailboxes: Mailboxes, message: Message) -> dict[str, Any]:
    """One line of the list: the envelope, and what the header says."""
    head = mailboxes.raw(message.id, first=HEAD_BYTES).partition(b"\r\n\r\n")[0]
    header = message_from_bytes(head + b"\r\n\r\n", policy=policy.default)
    return {
        "id": message.id,
        "mailbox": message.mailbox,
        "uid": message.uid,
        "sender": message.sender,
        "recipient": message.recipient,
        "received_at": message.received_at,
        "size": message.size,
        "flags": sorted(message.flags),
        "from": str(header.get("From", "")),
        "subject": str(header.get("Subject", "")),
        "message_id": str(header.get("Message-ID", "")).strip(),
    }
