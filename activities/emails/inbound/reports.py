"""What mail servers report: bounces (RFC 3464), complaints (RFC 5965), automatic answers (3834)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

from flufl.bounce import all_failures

from activities.emails.inbound.mime import header_of, ids_in, storable, text_in
from activities.emails.models import InboundMessage

Kind = InboundMessage.Kind

REPORTERS = {"mailer-daemon", "postmaster"}
AUTOMATIC_PRECEDENCES = {"auto_reply", "bulk", "junk"}
AUTOMATIC_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
LONGEST_DETAILS = 2_000
# The kind of code and the address, which tell a reader nothing that is not known.
_PROTOCOL = re.compile(r"^\s*[\w-]+;\s*|<[^<>\s]+@[^<>\s]+>:?\s*")


@dataclass(frozen=True)
class Report:
    """What a server says of a message we sent."""

    kind: Kind
    # Lower case; empty when the report does not name them.
    addresses: frozenset[str]
    details: str
    # Of the message that it is about; empty when it is not sent along.
    message_id: str
    subject: str
    # The address itself is no good, whatever is sent to it.
    is_address_dead: bool = False


def is_report(mime: Message) -> bool:
    """Written by a mail server about a message, and no answer to it."""
    return mime.get_content_type() == "multipart/report" or _is_from_server(mime)


def read_report(mime: Message) -> Report | None:
    """A bounce or a complaint; None for other reports, as of a successful delivery."""
    if not is_report(mime):
        return None
    if mime.get_param("report-type") == "feedback-report":
        return _report(mime, Kind.SPAM_COMPLAINT, frozenset())
    temporary, permanent = all_failures(mime)
    if permanent:
        return _report(mime, Kind.BOUNCE, permanent)
    return _report(mime, Kind.TEMPORARY_BOUNCE, temporary) if temporary else None


def is_automatic(mime: Message) -> bool:
    """Answered by a program on behalf of somebody who is away."""
    submitted = header_of(mime, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return True
    if any(name in mime for name in AUTOMATIC_HEADERS):
        return True
    return header_of(mime, "Precedence").lower() in AUTOMATIC_PRECEDENCES


def _is_from_server(mime: Message) -> bool:
    return any(f"{name}@" in header_of(mime, "From").lower() for name in REPORTERS)


def _report(mime: Message, kind: Kind, addresses: frozenset[bytes]) -> Report:
    returned = _returned(mime)
    ids = ids_in(header_of(returned, "Message-ID"))
    statuses = [header_of(block, "Status") for block in _recipient_blocks(mime)]
    return Report(
        kind=kind,
        addresses=frozenset(address.decode("ascii", "replace").lower() for address in addresses),
        details=_details(mime),
        message_id=ids[0] if ids else "",
        subject=header_of(returned, "Subject"),
        # A server that gave up after days of trying says 4.x.x: the address may be good yet.
        is_address_dead=kind == Kind.BOUNCE
        and not any(status.startswith("4") for status in statuses),
    )


def _returned(mime: Message) -> Message:
    """The message that the report is about, or its headers."""
    for part in mime.walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            original = part.get_payload(0)
            return original if isinstance(original, Message) else Message()
        if part.get_content_type() == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
            return message_from_string(text)
    return Message()


def _recipient_blocks(mime: Message) -> Iterator[Message]:
    for part in mime.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            blocks = (block for block in part.get_payload() if isinstance(block, Message))
            yield from (block for block in blocks if "Action" in block)


def _details(mime: Message) -> str:
    """What the other server said, or else what ours wrote."""
    said = [
        _PROTOCOL.sub("", header_of(block, "Diagnostic-Code")) for block in _recipient_blocks(mime)
    ]
    text = "\n".join(filter(None, said)) or text_in(mime).strip()
    return storable(text)[:LONGEST_DETAILS]
