"""What the outbox has for each recorded activity, and what its owner decides."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from redis import Redis

from activities.destinations import reports_of
from activities.recording import record_all
from syncing.connections import disconnect_marketo
from syncing.delivery.models import Delivery, Destination, MarketoActivityLog
from syncing.delivery.selectors import parked, settled_by_hour, tally
from syncing.delivery.services import (
    ignore,
    in_marketo,
    retry,
    send_past,
    switch_off,
    switch_on,
)
from syncing.delivery.sweep import sweep
from tests.factories import make_people, make_person
from tests.syncing.conftest import connect
from tests.syncing.delivery.driving import (
    EXTERNAL,
    assert_each_is_there_once,
    deliver,
    entry,
    people_of,
    record_mixed,
    record_one,
    start_logging,
)
from tests.syncing.people_sync.driving import refreshed

pytestmark = pytest.mark.django_db


def numbers():
    found = tally(Destination.MARKETO)
    assert found.adds_up
    return found.recorded, found.delivered, found.waiting, found.parked, found.cancelled


def test_without_a_connection_each_activity_has_a_row_that_says_why_it_stays_here(seller):
    delivery = record_one(make_person(), seller)
    assert (delivery.state, delivery.code) == ("CANCELLED", "OFF")
    assert "off" in delivery.reason
    assert numbers() == (1, 0, 0, 0, 1)


def test_rows_are_written_with_the_activities_or_not_at_all(logging, seller):
    person = make_person()
    with transaction.atomic():
        record_all([entry(person, seller)], now=timezone.now())
        assert in_marketo().exists()
        transaction.set_rollback(True)
    assert not in_marketo().exists()


def test_what_is_told_twice_has_one_row(logging, seller):
    told = entry(make_person(), seller)
    record_all([told], now=timezone.now())
    record_all([told], now=timezone.now())
    assert in_marketo().count() == 1


def test_recording_in_a_transaction_takes_six_queries(
    logging, seller, django_assert_max_num_queries
):
    person = make_person()
    with transaction.atomic(), django_assert_max_num_queries(6):
        record_all([entry(person, seller)], now=timezone.now())


def test_recording_many_takes_as_many_queries_as_one(
    logging, seller, django_assert_max_num_queries
):
    people = make_people(50)
    with transaction.atomic(), django_assert_max_num_queries(6):
        record_mixed(people, seller, 50)


def test_what_waits_while_marketo_is_disconnected_goes_when_it_is_back(logging, sandbox, seller):
    people = people_of(sandbox, 3)
    disconnect_marketo(now=timezone.now())
    record_mixed(people, seller, 3)
    assert sweep(now=timezone.now()) is False
    assert numbers() == (3, 0, 3, 0, 0)
    connect(sandbox)
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


def test_switching_off_cancels_what_waits_and_finishes_what_may_have_arrived(
    sandbox, people, seller
):
    record_mixed(people, seller, 4)
    sandbox.add_fault("reset", EXTERNAL, committed=True)
    sweep(now=timezone.now())
    record_mixed(people, seller, 3)
    assert switch_off(now=timezone.now()) == 3
    assert numbers() == (7, 0, 4, 0, 3)
    deliver(sandbox)
    assert numbers() == (7, 4, 0, 0, 3)


def test_what_did_not_arrive_is_cancelled_when_logging_is_off(sandbox, people, seller):
    record_mixed(people, seller, 4)
    sandbox.add_fault("reset", EXTERNAL)
    sweep(now=timezone.now())
    switch_off(now=timezone.now())
    deliver(sandbox)
    assert numbers() == (4, 0, 0, 0, 4)
    assert not sandbox.custom_activities()


def test_a_row_that_was_under_way_when_logging_went_off_is_cancelled_too(people, seller):
    """Its transaction began before the switch and ended after."""
    record_mixed(people, seller, 2)
    MarketoActivityLog.store(is_on=False)
    sweep(now=timezone.now())
    assert numbers() == (2, 0, 0, 0, 2)


def test_switching_on_never_sends_the_past_by_itself(sandbox, people, seller):
    switch_off(now=timezone.now())
    record_mixed(people, seller, 5)
    switch_on(now=timezone.now())
    record_mixed(people, seller, 2)
    deliver(sandbox)
    assert numbers() == (7, 2, 0, 0, 5)
    assert send_past(now=timezone.now()) == 5
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


def test_what_is_ignored_does_not_go_with_the_past(sandbox, people, seller):
    record_mixed(people, seller, 1)
    sandbox.add_fault("record", EXTERNAL, code="1003")
    deliver(sandbox)
    assert ignore(parked(), by="Ada", reason="Test data", now=timezone.now()) == 1
    assert in_marketo().get().reason == "Ignored by Ada: Test data"
    assert send_past(now=timezone.now()) == 0
    assert retry(parked(), now=timezone.now()) == 0
    assert numbers() == (1, 0, 0, 0, 1)


def test_the_timeline_can_tell_where_each_activity_stands(sandbox, people, seller):
    rows = [record_one(people[0], seller) for _ in range(3)]
    sandbox.add_fault("record", EXTERNAL, skip=1, code="1003")
    deliver(sandbox)
    rows.append(record_one(people[0], seller))
    switch_off(now=timezone.now())
    rows.append(record_one(people[0], seller))
    reports = reports_of([row.activity_id for row in rows])
    states = [reports[row.activity_id][0].state for row in rows]
    assert states == ["delivered", "parked", "delivered", "cancelled", "cancelled"]
    (first,) = reports[rows[0].activity_id]
    assert first.remote_id == refreshed(rows[0]).remote_id
    assert str(first.label) == "Marketo"


def test_hours_without_deliveries_are_hours_too(sandbox, people, seller):
    record_mixed(people, seller, 3)
    deliver(sandbox)
    now = timezone.now()
    Delivery.objects.filter(pk=in_marketo().first().pk).update(settled_at=now - timedelta(hours=5))
    hours = settled_by_hour(Destination.MARKETO, now=now)
    assert len(hours) == 24
    assert sum(hour.delivered for hour in hours) == 3
    assert hours[-6].delivered == 1
    assert sum(hour.refused for hour in hours) == 0


def run(*arguments):
    out = StringIO()
    call_command("deliver", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_delivers_until_none_waits_and_prints_the_numbers(sandbox, people, seller):
    record_mixed(people, seller, 310)
    sandbox.add_fault("reset", EXTERNAL, committed=True)
    printed = json.loads(run("--until-empty", "--json"))
    none = {"delivered": 0, "waiting": 0, "parked": 0, "cancelled": 0}
    assert printed == {
        "marketo": {**none, "recorded": 310, "delivered": 310},
        "salesforce": {**none, "recorded": 310, "cancelled": 310},
    }
    assert_each_is_there_once(sandbox)


def test_the_command_sweeps_once_unless_told_otherwise(sandbox, people, seller):
    record_mixed(people, seller, 4)
    sandbox.add_fault("reset", EXTERNAL)
    assert "4 recorded, 0 delivered, 4 waiting, 0 parked, 0 cancelled" in run()


def test_the_command_says_why_nothing_moves(marketo, seller):
    switch_on(now=timezone.now())
    record_one(make_person(), seller)
    with pytest.raises(CommandError, match="Set up the activities"):
        run("--until-empty")


@pytest.fixture
def without_a_type(marketo, sandbox, seller):
    start_logging(marketo)
    types = MarketoActivityLog.load().types
    MarketoActivityLog.store(types={"EMAIL_SENT": types["EMAIL_SENT"]})
    return people_of(sandbox, 1)[0]


def test_the_command_ends_when_all_that_waits_lacks_its_type(without_a_type, seller):
    record_one(without_a_type, seller, "CALL_RECEIVED")
    with pytest.raises(CommandError, match="Set up the activities"):
        run("--until-empty")


@pytest.mark.django_db(transaction=True)
def test_a_commit_has_what_is_due_delivered_soon(people, seller, redis_messages):
    record_mixed(people, seller, 2)
    record_mixed(people, seller, 2)
    # The second goes with the sweep that the first one ordered, one for each destination.
    assert redis_messages() == 2


@pytest.fixture
def redis_messages(settings):
    """How many tasks wait on the queue of deliveries."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.delete("outbound")
        yield lambda: redis.llen("outbound")
        redis.delete("outbound")
