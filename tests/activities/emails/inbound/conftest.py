from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

import pytest

from activities.emails.inbound.poll import poll_mailboxes
from activities.emails.models import Email
from activities.emails.signals import email_replied
from tests.activities.factories import NOW, make_channel, make_email, make_identity
from tests.factories import make_person

SELLER = "sam@example.com"


@pytest.fixture
def channel(db, seller, mail):
    """The seller's mailbox, which was read up to now."""
    make_identity(seller)
    channel = make_channel(seller, mail=mail)
    assert poll_mailboxes(now=NOW) == 0
    return channel


@pytest.fixture
def ann(db):
    return make_person(first_name="Ann", email="ann@prospect.example.com")


@pytest.fixture
def email(channel, seller, ann):
    """What went out to Ann."""
    return make_email(seller, ann, state=Email.State.SENT)


@pytest.fixture
def arrived(mail, email):
    """The email as it stands in Ann's mailbox."""
    mail.deliver(email.to_address, as_sent(email).as_bytes(), sender=SELLER)
    return mail.message(email.to_address)


def as_sent(email):
    message = EmailMessage()
    message["From"] = email.from_header
    message["To"] = email.to_address
    message["Subject"] = email.sent_subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{email.message_id}>"
    message.set_content(email.sent_text)
    return message


def written(text="Yes, please call me.", *, to=SELLER, **headers):
    """A message to the seller with these headers, as bytes."""
    message = EmailMessage()
    defaults = {
        "From": "Ann Example <ann@prospect.example.com>",
        "To": to,
        "Subject": "Re: Your pumps",
        "Date": formatdate(),
        "Message-ID": make_msgid(domain="prospect.example.com"),
    }
    for name, value in (defaults | headers).items():
        if value is not None:
            message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes(policy=SMTP)


@pytest.fixture
def replied():
    """Collects what `email_replied` tells."""
    told = []

    def listen(email, message, now, **_):
        told.append((email, message))

    email_replied.connect(listen)
    yield told
    email_replied.disconnect(listen)
