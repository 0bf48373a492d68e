"""What prospects write back."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr

AWAY = "I am out of the office until Monday and read my mail then."


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def answer(original: EmailMessage, *, text: str, from_address: str) -> EmailMessage:
    """A reply in the thread, with the original quoted below, as mail programs write it."""
    made = _reply(original, from_address, subject=_prefixed("Re: ", original))
    made.set_content(f"{text}\n\n{_quoted(original)}\n")
    return made


def out_of_office(original: EmailMessage, *, text: str, from_address: str) -> EmailMessage:
    """What a server answers for somebody who is away, RFC 3834."""
    made = _reply(original, from_address, subject=_prefixed("Automatic reply: ", original))
    made["Auto-Submitted"] = "auto-replied"
    made["Precedence"] = "bulk"
    made.set_content(f"{text or AWAY}\n")
    return made


def _reply(original: EmailMessage, from_address: str, *, subject: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = from_address
    made["To"] = str(original.get("Reply-To") or original.get("From", ""))
    made["Subject"] = subject
    made["Date"] = formatdate(localtime=False)
    made["Message-ID"] = make_msgid(domain=parseaddr(from_address)[1].rpartition("@")[2])
    if message_id := str(original.get("Message-ID", "")).strip():
        made["In-Reply-To"] = message_id
        made["References"] = f"{original.get('References', '')} {message_id}".strip()
    return made


def _prefixed(prefix: str, original: EmailMessage) -> str:
    subject = " ".join(str(original.get("Subject", "")).split())
    return subject if subject.lower().startswith(prefix.lower()) else f"{prefix}{subject}"


def _quoted(original: EmailMessage) -> str:
    written = text_of(original).rstrip().splitlines()
    author = " ".join(str(original.get("From", "")).split())
    return "\n".join([f"On {original.get('Date', '')}, {author} wrote:", ">", *_marked(written)])


def _marked(lines: list[str]) -> list[str]:
    return [f"> {line}".rstrip() for line in lines]


def text_of(mime: EmailMessage) -> str:
    """The plain text of a message; empty when it has none."""
    return _content(mime, "plain")


def html_of(mime: EmailMessage) -> str:
    """The HTML of a message; empty when it has none."""
    return _content(mime, "html")


def _content(mime: EmailMessage, kind: str) -> str:
    part = mime.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return content.decode("latin-1")
