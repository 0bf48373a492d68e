"""What is in a message, however broken it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message

from mailparser_reply import EmailReplyParser

from activities.emails.html import clean_html, text_of

LANGUAGES = ["en", "de", "fr", "es", "ja"]
# The parser for replies takes ever so long for texts that nobody types.
LONGEST_TEXT = 10_000
LONGEST_LINE = 1_000
# So does the cleaner for elements in elements in elements.
LONGEST_HTML = 100_000
_GAP = re.compile(r"\n{3,}")
_ID = re.compile(r"<([^<>\s]+)>")


def header_of(mime: Message, name: str) -> str:
    """A header decoded, on one line; as it came when it can't be decoded."""
    value = mime.get(name, "")
    try:
        text = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        text = str(value)
    return storable(" ".join(text.split()))


def ids_in(header: str) -> list[str]:
    return [found.lower() for found in _ID.findall(header)]


def storable(text: str) -> str:
    """Without what PostgreSQL has no place for: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def text_in(mime: Message) -> str:
    """What was written, as plain text; of a message in HTML alone, its text."""
    bodies = {part.get_content_type(): part for part in reversed(list(_bodies(mime)))}
    if "text/plain" in bodies:
        return _content(bodies["text/plain"])
    if "text/html" in bodies:
        return text_of(clean_html(_content(bodies["text/html"])[:LONGEST_HTML]))
    return ""


def new_text_in(mime: Message) -> str:
    """What was written, without what it quotes."""
    text = _as_typed(text_in(mime)[: 2 * LONGEST_TEXT])
    new = EmailReplyParser(languages=LANGUAGES).parse_reply(text=text) or ""
    # Who answers below the quote, or inside it, quotes nothing that could be cut.
    return new.strip() or text


def _as_typed(text: str) -> str:
    lines = (line.rstrip()[:LONGEST_LINE] for line in text.splitlines())
    return _GAP.sub("\n\n", "\n".join(lines)).strip()[:LONGEST_TEXT]


def _bodies(mime: Message) -> Iterator[Message]:
    """The parts a reader sees as the text; nothing of attached messages."""
    if mime.get_content_maintype() == "multipart" and mime.is_multipart():
        for part in mime.get_payload():
            if isinstance(part, Message):
                yield from _bodies(part)
    elif mime.get_content_disposition() != "attachment" and not mime.is_multipart():
        yield mime


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return storable(text)
