"""Emails over a real SMTP server, and what becomes of them."""

import pytest

from activities.emails.models import Email
from activities.emails.sending import send_due
from activities.emails.services import draft_email, schedule
from activities.models import Activity
from tests.activities.factories import NOW
from tests.factories import make_person

pytestmark = pytest.mark.django_db
State = Email.State


@pytest.fixture
def write(seller, identity, channel):
    """Write an email to a person and queue it."""

    def write(*, sender=seller, at=None, person=None, **fields):
        defaults = {"subject": "Your pumps", "body_html": "<p>Shall we talk?</p>"}
        email = draft_email(
            sender=sender, person=person or make_person(), now=NOW, **(defaults | fields)
        )
        return schedule(email=email, at=at, now=NOW)

    return write


def state_of(email):
    email.refresh_from_db()
    return email.state


def test_an_email_arrives_and_is_logged(write, mail):
    person = make_person(first_name="Ann", email="ann@example.com")
    email = write(person=person, subject="Pumps for {{company}}")

    assert send_due(now=NOW) == 1

    assert state_of(email) == State.SENT
    arrived = mail.message("ann@example.com")
    assert arrived.mime["Subject"] == "Pumps for Example Ltd"
    assert arrived.mime["Message-ID"] == f"<{email.message_id}>"
    activity = Activity.objects.get(person=person)
    assert activity.kind == Activity.Kind.EMAIL_SENT
    assert activity.details["email_subject"] == f"Pumps for Example Ltd {email.subject_id}"
