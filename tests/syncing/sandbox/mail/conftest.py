import imaplib
import smtplib

import pytest
from imap_tools import MailBoxUnencrypted

from syncing.sandbox import SANDBOX_MAIL_PASSWORD
from syncing.sandbox.testing import running_mailbox

SELLER = "sam@example.com"
PROSPECT = "pia@example.com"


def letter(subject="Hello", text="How are you?", **headers):
    """A plain message of the seller's, as bytes."""
    lines = {
        "From": f"Sam Seller <{SELLER}>",
        "To": PROSPECT,
        "Subject": subject,
        "Date": "Mon, 05 Jan 2026 09:00:00 +0000",
        "Message-ID": "<first@example.com>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n{text}\r\n".encode()


@pytest.fixture(scope="session")
def shared_mail():
    with running_mailbox() as running:
        yield running


@pytest.fixture
def mail(shared_mail):
    """Empty mailboxes without faults."""
    shared_mail.clear()
    return shared_mail


@pytest.fixture
def smtp(mail):
    with smtplib.SMTP(mail.host, mail.smtp_port, timeout=10) as client:
        yield client


@pytest.fixture
def box(mail):
    """The seller's mailbox as imap-tools opens it."""
    with MailBoxUnencrypted(mail.host, mail.imap_port, timeout=10).login(
        SELLER, SANDBOX_MAIL_PASSWORD
    ) as opened:
        yield opened


@pytest.fixture
def imap(mail):
    """The seller's mailbox as imaplib opens it."""
    with imaplib.IMAP4(mail.host, mail.imap_port, timeout=10) as client:
        client.login(SELLER, SANDBOX_MAIL_PASSWORD)
        client.select()
        yield client


@pytest.fixture
def received(mail):
    """A letter of the seller's in the prospect's mailbox, sent with a subaddress to bounce to."""
    mail.deliver(PROSPECT, letter(), sender="sam+b42@example.com")
    return mail.message(PROSPECT)
