"""What servers write to senders: bounces (RFC 3464) and complaints about spam (RFC 5965)."""

from __future__ import annotations

from email.message import Message as Mime
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate, make_msgid

from syncing.sandbox.mail.mailboxes import Message

REPORTER = "mail.sandbox.invalid"
_HARD = ("failed", "5.1.1", "550 5.1.1", "No such user here")
_SOFT = ("delayed", "4.2.2", "452 4.2.2", "The mailbox is full")


def bounce(message: Message, raw: bytes, *, permanent: bool) -> bytes:
    """A report that this message did not get through: for good, or not yet."""
    action, status, code, text = _HARD if permanent else _SOFT
    outcome = "was returned" if permanent else "is delayed"
    report = _report(message, "delivery-status", f"Mail to {message.recipient} {outcome}")
    report["X-Failed-Recipients"] = message.recipient
    report.attach(
        MIMEText(
            f"This is the mail server of {_domain(message.recipient)}.\n\n"
            f"Your message to <{message.recipient}> {outcome}: {text}.\n"
        )
    )
    about_server = _fields({"Reporting-MTA": f"dns; {REPORTER}", "Arrival-Date": _date(message)})
    about_recipient = _fields(
        {
            "Final-Recipient": f"rfc822; {message.recipient}",
            "Action": action,
            "Status": status,
            "Diagnostic-Code": f"smtp; {code} <{message.recipient}>: {text}",
        }
    )
    report.attach(_part("message/delivery-status", [about_server, about_recipient]))
    report.attach(_part("text/rfc822-headers", _head(raw)))
    return _wire(report)


def complaint(message: Message, raw: bytes) -> bytes:
    """A report that the recipient pressed the button for spam."""
    report = _report(message, "feedback-report", "Complaint about a message")
    report.attach(
        MIMEText(f"{message.recipient} marked a message from <{message.sender}> as spam.\n")
    )
    fields = {
        "Feedback-Type": "abuse",
        "User-Agent": "Sandbox/1.0",
        "Version": "1",
        "Original-Mail-From": f"<{message.sender}>",
        "Original-Rcpt-To": f"<{message.recipient}>",
        "Arrival-Date": _date(message),
    }
    report.attach(_part("message/feedback-report", [_fields(fields)]))
    report.attach(_part("text/rfc822-headers", _head(raw)))
    return _wire(report)


def _report(message: Message, kind: str, subject: str) -> MIMEMultipart:
    report = MIMEMultipart("report", report_type=kind)
    domain = _domain(message.recipient)
    report["From"] = f"Mail Delivery System <mailer-daemon@{domain}>"
    report["To"] = message.sender
    report["Subject"] = subject
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain=domain)
    report["Auto-Submitted"] = "auto-replied"
    return report


def _fields(values: dict[str, str]) -> Mime:
    fields = Mime()
    for name, value in values.items():
        fields[name] = value
    return fields


def _part(content_type: str, payload: list[Mime | str] | str) -> Mime:
    part = Mime()
    part["Content-Type"] = content_type
    part.set_payload(payload)
    return part


def _head(raw: bytes) -> str:
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii", errors="surrogateescape")
    return head.replace("\r\n", "\n") + "\n"


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _date(message: Message) -> str:
    return formatdate(message.received_at)


def _wire(report: Mime) -> bytes:
    return report.as_bytes().replace(b"\n", b"\r\n")
