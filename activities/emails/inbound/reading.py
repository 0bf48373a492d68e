"""A message as bytes into what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parseaddr
from hashlib import sha256

from activities.emails.inbound.mime import header_of, ids_in
from activities.emails.inbound.reports import Report, is_automatic, is_report, read_report

LONGEST_ID = 255
LONGEST_THREAD = 50
RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
# What the parsers raise for mail that is broken beyond reading.
BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


class Unreadable(Exception):
    """Nothing can be made of this message."""


@dataclass(frozen=True)
class Incoming:
    """A message of a mailbox. Ids are lower case without brackets, addresses lower case."""

    mime: Message
    # A digest of the message when it has none.
    message_id: str
    # The messages it answers, the nearest first.
    answers: tuple[str, ...]
    from_address: str
    recipients: tuple[str, ...]
    subject: str
    received_at: datetime
    # Written by a mail server; `report` when it says that something failed.
    is_report: bool
    report: Report | None
    is_automatic: bool


def read_message(raw: bytes, *, received_at: datetime) -> Incoming:
    """Raises Unreadable."""
    try:
        return _read(message_from_bytes(raw), digest=sha256(raw).hexdigest(), at=received_at)
    except BROKEN as error:
        raise Unreadable from error


def _read(mime: Message, *, digest: str, at: datetime) -> Incoming:
    nearest = ids_in(header_of(mime, "In-Reply-To"))
    thread = ids_in(header_of(mime, "References"))
    return Incoming(
        mime=mime,
        message_id=_id_of(mime) or digest,
        answers=tuple(dict.fromkeys([*nearest, *reversed(thread)]))[:LONGEST_THREAD],
        from_address=parseaddr(header_of(mime, "From"))[1].lower(),
        recipients=_recipients(mime),
        subject=header_of(mime, "Subject"),
        received_at=at,
        is_report=is_report(mime),
        report=read_report(mime),
        is_automatic=is_automatic(mime),
    )


def _id_of(mime: Message) -> str:
    ids = ids_in(header_of(mime, "Message-ID"))
    return ids[0] if ids and len(ids[0]) <= LONGEST_ID else ""


def _recipients(mime: Message) -> tuple[str, ...]:
    headers = [str(value) for name in RECIPIENTS for value in mime.get_all(name, [])]
    return tuple(address.lower() for _name, address in getaddresses(headers) if address)
