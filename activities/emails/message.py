"""An email as the bytes that go to the server."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from activities.emails.addresses import ascii_domain, domain_of, for_envelope
from activities.emails.models import Email, EmailFile, SenderIdentity
from activities.emails.rendering import Rendered
from activities.emails.tracking.addresses import one_click_url

# Of the emails a follow-up goes back to, by References.
LONGEST_THREAD = 20


def message_id_of(email: Email, identity: SenderIdentity) -> str:
    """The same in each attempt, so that a reader's server knows a message it has already."""
    return f"{email.uuid}@{domain_of(identity.address)}"


def from_header(identity: SenderIdentity) -> str:
    return str(_address(identity.name, identity.address))


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
    is_ascii = all(
        address.isascii()
        for address in map(for_envelope, (email.person.email, identity.address, *email.cc))
    )
    message = EmailMessage(policy=SMTP if is_ascii else SMTPUTF8)
    message["From"] = _address(identity.name, identity.address)
    message["To"] = _address(email.person.name, email.person.email)
    if email.cc:
        message["Cc"] = [_address("", address) for address in email.cc]
    message["Subject"] = rendered.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id_of(email, identity)}>"
    _add_thread(message, email)
    if not email.is_non_commercial:
        url = one_click_url(email=email, base=base)
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(_document(html), subtype="html", cte="quoted-printable")
    _attach_files(message, email)
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    local, _at, domain = address.rpartition("@")
    return Address(_one_line(name), local, ascii_domain(domain))


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _add_thread(message: EmailMessage, email: Email) -> None:
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


def _attach_files(message: EmailMessage, email: Email) -> None:
    attached = [link.pk for link in email.files.all() if not link.is_tracked]
    if not attached:
        return
    for link in EmailFile.objects.filter(pk__in=attached).select_related("file").order_by("pk"):
        maintype, _slash, subtype = link.file.content_type.partition("/")
        message.add_attachment(
            bytes(link.file.content),
            maintype=maintype,
            subtype=subtype or "octet-stream",
            filename=_one_line(link.file.name),
        )
