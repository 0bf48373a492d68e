from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from activities.reminders import services
from activities.reminders.models import Reminder
from activities.reminders.signals import reminder_closed, reminder_reopened
from tests.admin_config.concurrency import at_once
from tests.factories import make_person, make_user

NOW = timezone.now()
LATER = NOW + timedelta(hours=1)


def make_reminder(owner, **fields):
    defaults = {"kind": Reminder.Kind.CALL, "subject": "Call Ann", "due_at": LATER, "now": NOW}
    return services.create_reminder(owner=owner, **(defaults | fields))


@pytest.fixture
def told():
    """What the signals told: `closed` or `reopened`, and the reminder's state at that time."""
    events = []

    def closed(reminder, **_kwargs):
        events.append(("closed", reminder.state, connection.in_atomic_block))

    def reopened(reminder, **_kwargs):
        events.append(("reopened", reminder.state, connection.in_atomic_block))

    reminder_closed.connect(closed)
    reminder_reopened.connect(reopened)
    yield events
    reminder_closed.disconnect(closed)
    reminder_reopened.disconnect(reopened)


@pytest.mark.django_db
def test_a_new_reminder_is_open_and_normal(seller):
    person = make_person()

    reminder = make_reminder(seller, person=person, campaign_id=7, campaign_name="Spring")

    reminder.refresh_from_db()
    assert (reminder.state, reminder.priority, reminder.closed_at) == ("OPEN", "NORMAL", None)
    assert (reminder.person, reminder.campaign_id, reminder.campaign_name) == (person, 7, "Spring")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("close", "state"),
    [
        (services.complete_reminder, "COMPLETED"),
        (services.skip_reminder, "SKIPPED"),
        (services.delete_reminder, "DELETED"),
    ],
)
def test_closing_says_how_and_when_and_tells_in_the_transaction(seller, told, close, state):
    reminder = make_reminder(seller)

    close(reminder=reminder, now=LATER)

    reminder.refresh_from_db()
    assert (reminder.state, reminder.closed_at) == (state, LATER)
    assert told == [("closed", state, True)]


@pytest.mark.django_db
def test_a_closed_reminder_stays_as_it_was_closed(seller, told):
    reminder = make_reminder(seller)
    services.complete_reminder(reminder=reminder, now=NOW)

    services.complete_reminder(reminder=reminder, now=LATER)
    services.skip_reminder(reminder=reminder, now=LATER)

    reminder.refresh_from_db()
    assert (reminder.state, reminder.closed_at) == ("COMPLETED", NOW)
    assert len(told) == 1


@pytest.mark.django_db
def test_undo_opens_it_again_and_tells_once(seller, told):
    reminder = make_reminder(seller)
    services.delete_reminder(reminder=reminder, now=NOW)

    services.reopen_reminder(reminder=reminder, now=LATER)
    services.reopen_reminder(reminder=reminder, now=LATER)

    reminder.refresh_from_db()
    assert (reminder.state, reminder.closed_at) == ("OPEN", None)
    assert [event[0] for event in told] == ["closed", "reopened"]


@pytest.mark.django_db
def test_what_a_listener_refuses_is_not_closed(seller):
    def refuse(**_kwargs):
        raise PermissionError

    reminder = make_reminder(seller)
    reminder_closed.connect(refuse)
    try:
        with pytest.raises(PermissionError), transaction.atomic():
            services.complete_reminder(reminder=reminder, now=NOW)
    finally:
        reminder_closed.disconnect(refuse)

    reminder.refresh_from_db()
    assert reminder.state == "OPEN"


@pytest.mark.django_db
def test_editing_changes_what_is_named_and_nothing_else(seller):
    reminder = make_reminder(seller, notes="Ask for Bob")

    services.edit_reminder(reminder=reminder, now=LATER, subject="Call Bob", due_at=NOW)

    reminder.refresh_from_db()
    assert (reminder.subject, reminder.due_at, reminder.updated_at) == ("Call Bob", NOW, LATER)
    assert (reminder.notes, reminder.kind) == ("Ask for Bob", "CALL")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_it_at_once_one_does(told):
    reminder = make_reminder(make_user())

    at_once(
        lambda: services.complete_reminder(reminder=reminder, now=NOW),
        lambda: services.skip_reminder(reminder=reminder, now=NOW),
    )

    assert len(told) == 1
