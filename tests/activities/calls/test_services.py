from datetime import timedelta
from uuid import uuid4

import pytest

from activities.calls import services
from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from activities.calls.rules import NotLoggable
from activities.models import Activity
from activities.reminders.models import Reminder
from activities.reminders.services import create_reminder
from people.models import PersonEngagement
from tests.activities.logged import NOW
from tests.admin_config.concurrency import at_once
from tests.factories import make_person, make_user

START = NOW - timedelta(minutes=5)


@pytest.fixture
def person(db):
    return make_person(first_name="Ann", phone="(415) 555-0100")


def log(person, caller, **fields):
    defaults = {"status": "COMPLETED", "called_at": START, "now": NOW}
    return services.log_call(person=person, caller=caller, **(defaults | fields))


def test_a_logged_call_is_an_activity_with_all_it_tells(person, seller):
    ask = CallSettings.Ask.OPTIONAL
    CallSettings.objects.create(pk=1, outcomes=ask, reasons=ask)
    outcome = CallOutcome.objects.create(name="Interested", is_answered=True)
    reason = CallReason.objects.create(name="Renewal")

    call = log(
        person,
        seller,
        outcome=outcome,
        reason=reason,
        phone_number="(415) 555-0100",
        duration_seconds=133,
        notes="Wants a price",
        answered_by="Ann herself",
        recording_url="https://calls.example.com/1",
    )

    activity = Activity.objects.get()
    assert (activity.kind, activity.subject) == ("CALL_RECEIVED", "Interested")
    assert (activity.occurred_at, activity.recorded_at) == (START, NOW)
    assert (activity.about_type, activity.about_id) == ("CALL", call.pk)
    assert activity.details == {
        "made_by": "sam@example.com",
        "status": "completed",
        "outcome": "Interested",
        "reason": "Renewal",
        "phone_number": "+1 415-555-0100",
        "duration_seconds": 133,
        "answered_by": "Ann herself",
        "recording_url": "https://calls.example.com/1",
        "campaign_name": "",
        "campaign_url": "",
    }
    assert PersonEngagement.objects.get(person=person).calls == 1


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("COMPLETED", "completed"),
        ("NO_ANSWER", "no answer"),
        ("CANCELLED", "cancelled"),
        ("FAILED", "failed"),
    ],
)
def test_without_an_outcome_the_status_is_its_subject(person, seller, status, word):
    log(person, seller, status=status)

    activity = Activity.objects.get()
    assert (activity.details["status"], activity.subject) == (word, word.capitalize())


def test_a_started_call_is_no_activity_until_it_is_logged(person, seller):
    call = services.start_call(person=person, caller=seller, phone_number="x", now=START)
    assert not Activity.objects.exists()

    log(person, seller, started=call)

    call.refresh_from_db()
    assert (call.state, call.logged_at) == ("LOGGED", NOW)
    assert Call.objects.count() == Activity.objects.count() == 1


def test_a_call_is_logged_once(person, seller):
    call = services.start_call(person=person, caller=seller, now=START)

    log(person, seller, started=call)
    log(person, seller, started=call, notes="again")

    call.refresh_from_db()
    assert Activity.objects.count() == 1
    assert call.notes == ""


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_log_a_call_at_once_one_does():
    person, seller = make_person(), make_user()
    call = services.start_call(person=person, caller=seller, now=START)

    at_once(*[lambda: log(person, seller, started=call)] * 2)

    assert Activity.objects.count() == 1
    assert PersonEngagement.objects.get(person=person).calls == 1


def test_logging_closes_the_reminder_and_names_its_campaign(person, seller, settings):
    reminder = create_reminder(
        owner=seller,
        person=person,
        kind=Reminder.Kind.CALL,
        subject="Call",
        due_at=NOW,
        now=START,
        campaign_name="Spring",
    )

    log(person, seller, reminder=reminder)

    reminder.refresh_from_db()
    assert reminder.state == "COMPLETED"
    assert Activity.objects.get().details["campaign_name"] == "Spring"


def test_ending_stops_the_timer_once(person, seller):
    call = services.start_call(person=person, caller=seller, now=START)

    services.end_call(call=call, now=NOW)
    services.end_call(call=call, now=NOW + timedelta(hours=1))

    call.refresh_from_db()
    assert call.duration_seconds == 300


def test_discarding_forgets_a_started_call_and_no_logged_one(person, seller):
    started = services.start_call(person=person, caller=seller, now=START)
    logged = log(person, seller)

    services.discard_call(call=started)
    services.discard_call(call=logged)

    assert list(Call.objects.all()) == [logged]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status": ""}, "status"),
        ({"called_at": NOW + timedelta(hours=1)}, "called_at"),
        ({"duration_seconds": 86_401}, "duration_seconds"),
        ({"recording_url": "http://calls.example.com/1"}, "recording_url"),
        ({"recording_url": "javascript:alert(1)"}, "recording_url"),
        ({"recording_url": "https://[x"}, "recording_url"),
    ],
)
def test_what_keeps_a_call_from_being_logged_is_named(person, seller, fields, named):
    with pytest.raises(NotLoggable) as refusal:
        log(person, seller, **fields)

    assert list(refusal.value.problems) == [named]
    assert not Activity.objects.exists()


def test_whoever_has_left_is_not_called_but_a_call_that_began_is_logged(seller):
    gone = make_person(removed_reason="DELETED")
    with pytest.raises(NotLoggable) as refusal:
        log(gone, seller)
    assert list(refusal.value.problems) == ["person"]

    call = services.start_call(person=gone, caller=seller, now=START)
    assert log(gone, seller, started=call).state == "LOGGED"


@pytest.mark.parametrize("field", ["outcome", "reason"])
def test_outcome_and_reason_follow_what_the_admin_set(person, seller, field):
    model = {"outcome": CallOutcome, "reason": CallReason}[field]
    answered = {"is_answered": True} if field == "outcome" else {}
    choice = model.objects.create(name="Interested", **answered)
    retired = model.objects.create(name="Old", retired_at=NOW, **answered)
    settings = CallSettings.objects.create(pk=1)

    def problem(ask, chosen):
        setattr(settings, f"{field}s", ask)
        settings.save()
        try:
            log(person, seller, **{field: chosen})
        except NotLoggable as refusal:
            return list(refusal.problems)
        return []

    assert problem("OFF", choice) == [field]
    assert problem("OFF", None) == []
    assert problem("OPTIONAL", None) == []
    assert problem("OPTIONAL", choice) == []
    assert problem("OPTIONAL", retired) == [field]
    assert problem("REQUIRED", None) == [field]
    assert problem("REQUIRED", choice) == []


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_once_is_logged_once(person, seller):
    key = uuid4()
    first, second = at_once(*[lambda: log(person, seller, key=key)] * 2)

    assert first == second
    assert Call.objects.count() == Activity.objects.count() == 1
