from datetime import UTC, datetime, timedelta

import pytest

from activities.emails.models import Email, EmailLink
from tests.factories import make_person

SENT_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def make_sent(seller):
    """Make an email that went out at SENT_AT, with links to these addresses."""

    def make(*, urls=(), **fields):
        number = Email.objects.count() + 1
        defaults = {
            "sender": seller,
            "person": fields.pop("person", None) or make_person(),
            "sent_subject": "Your pumps",
            "from_header": "Sam Seller <sam@example.com>",
            "state": Email.State.SENT,
            "message_id": f"{number}@example.com",
            "sent_at": SENT_AT,
            "created_at": SENT_AT,
            "updated_at": SENT_AT,
        }
        email = Email.objects.create(**(defaults | fields))
        for position, url in enumerate(urls, start=1):
            EmailLink.objects.create(email=email, position=position, url=url)
        return email

    return make


@pytest.fixture
def email(make_sent):
    return make_sent(urls=["https://pumps.example.com/", "https://pumps.example.com/offer"])


@pytest.fixture
def later():
    """So many seconds after SENT_AT."""
    return lambda seconds: SENT_AT + timedelta(seconds=seconds)
