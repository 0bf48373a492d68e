"""An email as the bytes that go to the server.

Written with the plain classes of `email.mime`, for parsing each header anew takes as long as all
else that sending asks of this process.
"""

from __future__ import annotations

from datetime import datetime
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.header import Header
from email.headerregistry import Address
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import SMTPUTF8, compat32
from email.utils import format_datetime, formataddr, quote

from activities.emails.addresses import domain_of, for_envelope
from activities.emails.models import Email, EmailFile, SenderIdentity
from activities.emails.rendering import Rendered
from activities.emails.tracking.addresses import one_click_url

# Of the emails a follow-up goes back to, by References.
LONGEST_THREAD = 20

# Folded only where it must be, for not every reader puts an address together again.
_LONGEST_LINE = 500
_ASCII = compat32.clone(linesep="\r\n", max_line_length=_LONGEST_LINE)
_INTERNATIONAL = SMTPUTF8.clone(max_line_length=_LONGEST_LINE)
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP


def message_id_of(email: Email, identity: SenderIdentity) -> str:
    """The same in each attempt, so that a reader's server knows a message it has already."""
    return f"{email.uuid}@{domain_of(identity.address)}"


def from_header(identity: SenderIdentity) -> str:
    """As a person reads it."""
    local, _at, domain = for_envelope(identity.address).rpartition("@")
    return str(Address(_one_line(identity.name), local, domain))


def build_message(
    *,
    email: Email,
    identity: SenderIdentity,
    rendered: Rendered,
    html: str,
    base: str,
    now: datetime,
) -> bytes:
    """MIME with a plain-text part, `html` (tagged for tracking), and what is attached.

    `base` is the public address that is written into emails.
    """
    parts = [_text_part(rendered.text, "plain"), _text_part(_document(html), "html")]
    message = _with_files(MIMEMultipart("alternative", _subparts=parts), email)
    message["From"] = _mailbox(identity.name, identity.address)
    message["To"] = _mailbox(email.person.name, email.person.email)
    if email.cc:
        message["Cc"] = ", ".join(_mailbox("", address) for address in email.cc)
    message["Subject"] = _encoded(rendered.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id_of(email, identity)}>"
    _add_thread(message, email)
    if not email.is_non_commercial:
        url = one_click_url(email=email, base=base)
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    is_ascii = all(str(value).isascii() for value in message.values())
    return message.as_bytes(policy=_ASCII if is_ascii else _INTERNATIONAL)


def _text_part(text: str, subtype: str) -> Message:
    part = MIMENonMultipart("text", subtype)
    part.set_payload(text, _UTF8)
    return part


def _mailbox(name: str, address: str) -> str:
    """Name and address; only what is before the @ may be left in another script."""
    address = for_envelope(address)
    if address.isascii():
        return formataddr((_one_line(name), address))
    # Always in quotes, for within them nothing of a name is taken for an address or decoded.
    return f'"{quote(_one_line(name))}" <{address}>'


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _add_thread(message: Message, email: Email) -> None:
    """Answer the email it follows up, as a mail program would."""
    ids: list[str] = []
    earlier = email.follow_up_to
    while earlier and earlier.message_id and len(ids) < LONGEST_THREAD:
        ids.insert(0, f"<{earlier.message_id}>")
        earlier = earlier.follow_up_to
    if ids:
        message["In-Reply-To"] = ids[-1]
        message["References"] = " ".join(ids)


def _document(html: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>\n<body>\n'
        f"{html}\n</body></html>\n"
    )


def _with_files(body: MIMEMultipart, email: Email) -> MIMEMultipart:
    attached = [link.pk for link in email.files.all() if not link.is_tracked]
    if not attached:
        return body
    message = MIMEMultipart("mixed", _subparts=[body])
    for link in EmailFile.objects.filter(pk__in=attached).select_related("file").order_by("pk"):
        maintype, _slash, subtype = link.file.content_type.partition("/")
        part = MIMEBase(maintype, subtype)
        part.set_payload(bytes(link.file.content))
        encode_base64(part)
        name = _one_line(link.file.name)
        filename = name if name.isascii() else ("utf-8", "", name)
        part.add_header("Content-Disposition", "attachment", filename=filename)
        message.attach(part)
    return message
