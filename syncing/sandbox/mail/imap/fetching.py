"""FETCH: which parts of a message a client asks for, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from syncing.sandbox.mail.imap.wire import BadCommand, Word, literal
from syncing.sandbox.mail.mailboxes import Message

SEEN = "\\Seen"
_MACRO_FAST = [b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE"]
_SECTION = re.compile(
    rb"BODY(?P<peek>\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<start>\d+)\.(?P<count>\d+)>)?\Z"
)
_SYNONYMS = {
    b"RFC822": b"BODY[]",
    b"RFC822.HEADER": b"BODY.PEEK[HEADER]",
    b"RFC822.TEXT": b"BODY[TEXT]",
}
_FIELDS = re.compile(rb"HEADER\.FIELDS(?P<inverted>\.NOT)? \((?P<names>[^)]*)\)\Z")


def wanted_items(arguments: list[Word]) -> list[bytes]:
    """The items in upper case; raises BadCommand for what is no list of items."""
    if len(arguments) != 1:
        raise BadCommand("FETCH takes a set and its items")
    asked = arguments[0] if isinstance(arguments[0], list) else arguments
    items = [item.upper() for item in asked if isinstance(item, bytes)]
    return _MACRO_FAST if items == [b"FAST"] else items


def marks_as_seen(items: Iterable[bytes]) -> bool:
    return any(item in {b"RFC822", b"RFC822.TEXT"} or item.startswith(b"BODY[") for item in items)


def fetched(message: Message, items: list[bytes], read_raw: Callable[[], bytes]) -> bytes:
    """The items of one message as the answer's list."""
    return b" ".join(_item(message, item, read_raw) for item in items)


def internal_date(message: Message) -> datetime:
    return datetime.fromtimestamp(message.received_at, UTC)


def flag_list(flags: Iterable[str]) -> bytes:
    return b"(%s)" % " ".join(sorted(flags)).encode()


def _item(message: Message, item: bytes, read_raw: Callable[[], bytes]) -> bytes:
    match item:
        case b"UID":
            return b"UID %d" % message.uid
        case b"FLAGS":
            return b"FLAGS " + flag_list(message.flags)
        case b"INTERNALDATE":
            moment = internal_date(message).strftime("%d-%b-%Y %H:%M:%S +0000")
            return f'INTERNALDATE "{moment}"'.encode()
        case b"RFC822.SIZE":
            return b"RFC822.SIZE %d" % message.size
    return _text_item(item, read_raw())


def _text_item(item: bytes, raw: bytes) -> bytes:
    found = _SECTION.match(_SYNONYMS.get(item, item))
    if not found:
        raise BadCommand(f"This server does not know {item.decode('ascii', 'replace')}")
    text = _section(raw, found["section"])
    name = item if item in _SYNONYMS else b"BODY[%s]" % found["section"]
    if found["start"]:
        start = int(found["start"])
        text = text[start : start + int(found["count"])]
        name += b"<%d>" % start
    return name + b" " + literal(text)


def _section(raw: bytes, section: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    match section:
        case b"":
            return raw
        case b"TEXT":
            return body
        case b"HEADER":
            return head + b"\r\n\r\n"
    found = _FIELDS.match(section)
    if not found:
        raise BadCommand("This server knows no parts inside a message")
    names = {name.lower() for name in found["names"].split()}
    chosen = [
        line
        for line in re.split(rb"\r\n(?![ \t])", head)
        if (line.partition(b":")[0].lower() in names) is not bool(found["inverted"])
    ]
    return b"".join(line + b"\r\n" for line in chosen) + b"\r\n"
