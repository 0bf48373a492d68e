"""Messages as the page shows them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from syncing.sandbox.mail.answers import parsed
from syncing.sandbox.mail.links import one_click_url
from syncing.sandbox.mail.mailboxes import Mailboxes, Message
from syncing.sandbox.mail.prospect import Prospect

HEAD_BYTES = 16 * 1024
RAW_SHOWN = 256 * 1024


def message_row(mailboxes: Mailboxes, message: Message) -> dict[str, Any]:
    """One line of the list: the envelope, and what the header says."""
    head = mailboxes.raw(message.id, first=HEAD_BYTES).partition(b"\r\n\r\n")[0]
    return {**_described(message), **_headings(head)}


def message_page(mailboxes: Mailboxes, prospect: Prospect) -> dict[str, Any]:
    """All that the page shows of one message."""
    message, contents = prospect.message, prospect.contents
    raw = mailboxes.raw(message.id, first=RAW_SHOWN)
    return {
        **message_row(mailboxes, message),
        "html": prospect.html,
        "text": prospect.text,
        "raw": raw.decode(errors="replace"),
        "links": [{"url": url, "words": words} for url, words in contents.links.items()],
        "images": len(contents.images),
        "files": [part.get_filename() or "?" for part in prospect.mime.iter_attachments()],
        "one_click_url": one_click_url(prospect.mime),
        "deeds": [
            {"at": happened_at, "what": what}
            for happened_at, what in reversed(mailboxes.deeds(message.id))
        ],
    }


def _described(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "mailbox": message.mailbox,
        "uid": message.uid,
        "sender": message.sender,
        "recipient": message.recipient,
        "received_at": message.received_at,
        "size": message.size,
        "flags": sorted(message.flags),
    }


# An open page asks for the same messages again every other second.
@lru_cache(maxsize=1000)
def _headings(head: bytes) -> dict[str, str]:
    header = parsed(head + b"\r\n\r\n")
    names = ("From", "To", "Subject")
    return {name.lower(): " ".join(str(header.get(name, "")).split()) for name in names}
