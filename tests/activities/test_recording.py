import threading
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.utils import Error

from activities.details import BounceDetails
from activities.models import Activity
from activities.recording import Kind, record, record_all
from activities.signals import activities_recorded
from people.models import PersonEngagement
from tests.activities.logged import NOW, entry
from tests.admin_config.concurrency import at_once
from tests.factories import make_people, make_person, make_user


def counters(person):
    row = PersonEngagement.objects.filter(person=person).values().first()
    return {name: count for name, count in (row or {}).items() if isinstance(count, int) and count}


@pytest.mark.django_db
def test_what_is_recorded_tells_all_that_was_given(seller):
    person = make_person()

    activity = record(entry(person, seller, about_id=1), now=NOW + timedelta(seconds=2))

    activity.refresh_from_db()
    assert (activity.kind, activity.person, activity.actor) == ("EMAIL_SENT", person, seller)
    assert (activity.occurred_at, activity.recorded_at) == (NOW, NOW + timedelta(seconds=2))
    assert (activity.about_type, activity.about_id, activity.subject) == ("EMAIL", 1, "Pricing")
    assert activity.details["sent_by"] == "sam@example.com"


@pytest.mark.django_db
def test_the_same_thing_told_twice_is_recorded_once(seller):
    person = make_person()
    thing = entry(person, seller)
    record(thing, now=NOW)

    again = record(thing, now=NOW)

    assert again is None
    assert Activity.objects.count() == 1
    assert counters(person)["emails"] == 1


@pytest.mark.django_db
def test_twice_in_one_batch_is_once(seller):
    person = make_person()

    recorded = record_all([entry(person, seller)] * 2, now=NOW)

    assert len(recorded) == 1
    assert counters(person)["emails"] == 1


@pytest.mark.django_db
def test_of_a_batch_what_is_new_is_recorded(seller):
    person = make_person()
    record(entry(person, seller, idempotency_key="email:1:sent"), now=NOW)

    keys = ["email:1:sent", "email:2:sent"]
    recorded = record_all([entry(person, seller, idempotency_key=key) for key in keys], now=NOW)

    assert [activity.idempotency_key for activity in recorded] == ["email:2:sent"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.EMAIL_SENT, {"emails", "activities"}),
        (Kind.CALL_RECEIVED, {"calls", "activities"}),
        (Kind.EMAIL_OPENED, {"views", "events"}),
        (Kind.EMAIL_CLICKED, {"clicks", "events"}),
        (Kind.EMAIL_REPLIED, {"replies", "events"}),
        (Kind.EMAIL_BOUNCED, set()),
        (Kind.CAMPAIGN_ADDED, {"campaigns"}),
        (Kind.CAMPAIGN_REMOVED, set()),
    ],
)
def test_each_kind_counts_as_what_it_is(seller, kind, expected):
    person = make_person()

    record(entry(person, seller, kind=kind), now=NOW)

    assert dict.fromkeys(expected, 1) == {
        name: count for name, count in counters(person).items() if name != "person_id"
    }


@pytest.mark.django_db
def test_the_last_activity_is_the_latest_in_whatever_order_they_are_told(seller):
    person = make_person()
    later = NOW + timedelta(days=1)

    record(entry(person, seller, idempotency_key="a", occurred_at=later), now=later)
    record(entry(person, seller, idempotency_key="b", occurred_at=NOW), now=later)

    assert PersonEngagement.objects.get(person=person).last_activity_at == later


@pytest.mark.django_db
def test_log_and_counters_roll_back_with_the_caller(seller):
    person = make_person()

    with transaction.atomic():
        record(entry(person, seller), now=NOW)
        transaction.set_rollback(True)

    assert not Activity.objects.exists()
    assert counters(person) == {}


@pytest.mark.django_db
def test_what_a_listener_cannot_take_is_not_recorded(seller):
    def refuse(**_kwargs):
        raise RuntimeError

    person = make_person()
    activities_recorded.connect(refuse)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            record(entry(person, seller), now=NOW)
    finally:
        activities_recorded.disconnect(refuse)

    assert not Activity.objects.exists()
    assert counters(person) == {}


@pytest.mark.django_db
def test_what_is_recorded_is_never_changed(seller):
    activity = record(entry(make_person(), seller), now=NOW)

    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        Activity.objects.filter(pk=activity.pk).update(subject="Another")


@pytest.mark.django_db
def test_what_is_recorded_is_never_deleted(seller):
    activity = record(entry(make_person(), seller), now=NOW)

    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM activities_activity WHERE uuid = %s", [activity.uuid])


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["half \ud83d a pair", "nul \x00 inside", "\x00", "x" * 600])
def test_text_that_the_database_refuses_loses_no_activity(seller, text):
    details = BounceDetails(details=text, email="ann@example.com", sent_by="sam@example.com")
    about = entry(make_person(), seller, kind=Kind.EMAIL_BOUNCED, subject=text, details=details)

    assert record(about, now=NOW) is not None


@pytest.mark.django_db
def test_recording_takes_six_queries_at_most(seller, django_assert_max_num_queries):
    people = make_people(20)
    entries = [
        entry(person, seller, idempotency_key=f"email:{person.pk}:sent") for person in people
    ]

    with django_assert_max_num_queries(6):
        record(entry(people[0], seller, idempotency_key="email:0:sent"), now=NOW)
    with django_assert_max_num_queries(6):
        record_all(entries, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_record_the_same_at_once_one_does():
    person, seller = make_person(), make_user()

    thing = entry(person, seller)

    outcomes = at_once(*[lambda: record(thing, now=NOW)] * 2)

    assert [outcome for outcome in outcomes if isinstance(outcome, Error)] == []
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    assert counters(person)["emails"] == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("does_first_commit", [True, False])
def test_the_second_waits_for_what_becomes_of_the_first(does_first_commit):
    """It records the thing itself when the first one takes it back."""
    person, seller = make_person(), make_user()
    outcomes = []
    thing = entry(person, seller)
    second = threading.Thread(target=lambda: outcomes.append(_record_in_thread(thing)))

    with transaction.atomic():
        record(thing, now=NOW)
        second.start()
        second.join(timeout=0.5)
        assert second.is_alive()
        transaction.set_rollback(not does_first_commit)
    second.join(timeout=10)

    assert (outcomes == [None]) is does_first_commit
    assert Activity.objects.count() == 1
    assert counters(person)["emails"] == 1


def _record_in_thread(thing):
    try:
        return record(thing, now=NOW)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_batches_in_opposite_orders_do_not_block_each_other():
    people, seller = make_people(40), make_user()
    entries = [
        entry(person, seller, idempotency_key=f"email:{person.pk}:sent") for person in people
    ]

    outcomes = at_once(
        lambda: record_all(entries, now=NOW), lambda: record_all(entries[::-1], now=NOW)
    )

    assert sorted(len(outcome) for outcome in outcomes) == [0, 40]
    assert Activity.objects.count() == 40
