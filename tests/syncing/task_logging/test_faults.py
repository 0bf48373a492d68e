"""Whatever goes wrong on the way, each activity is one task in the end."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone

from syncing.delivery.models import Delivery, Destination
from syncing.delivery.services import retry
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_settings.fields import KEY
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.sweep import WRITER_LOCK, sweep
from tests.syncing.salesforce_connections.conftest import connect_user
from tests.syncing.task_logging.driving import (
    UPSERT,
    assert_each_has_its_task,
    assert_each_is_there_once,
    change,
    log_all,
    numbers,
    record,
    record_mixed,
    refreshed,
    waiting,
)

pytestmark = pytest.mark.django_db

TASKS = "*/composite/sobjects/Task*"
AMBIGUOUS = [
    {"kind": "reset"},
    {"kind": "reset", "committed": True},
    {"kind": "late_commit", "seconds": 3600},
    {"kind": "http", "status": 502},
    {"kind": "http", "status": 503, "committed": True},
    {"kind": "http", "status": 500, "html": False, "committed": True},
    {"kind": "truncated"},
    {"kind": "error", "status": 500, "code": "UNKNOWN_EXCEPTION", "committed": True},
]
DEFINITE = [
    {"kind": "expired_session"},
    {"kind": "error", "status": 403, "code": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests"},
    {
        "kind": "error",
        "status": 403,
        "code": "REQUEST_LIMIT_EXCEEDED",
        "message": "ConcurrentRequests limit exceeded",
    },
    {
        "kind": "error",
        "status": 503,
        "code": "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
    },
]


def name(fault):
    words = [fault["kind"], str(fault.get("code", fault.get("status", "")))]
    words.append(fault.get("message", ""))
    return " ".join([*words, "after the commit" if fault.get("committed") else ""]).strip()


@pytest.mark.parametrize("fault", [*AMBIGUOUS, *DEFINITE], ids=name)
def test_a_call_that_fails_loses_nothing_and_makes_nothing_twice(salesforce, people, seller, fault):
    record_mixed(people, seller, 40)
    salesforce.add_fault(path=TASKS, **fault)
    sweep(now=timezone.now())
    log_all()
    salesforce.commit_late()
    assert_each_is_there_once(salesforce)


@pytest.mark.parametrize("fault", AMBIGUOUS, ids=name)
def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    salesforce, people, seller, fault
):
    record_mixed(people, seller, 40)
    salesforce.add_fault(path=TASKS, **fault)
    sweep(now=timezone.now())
    assert {one.state for one in waiting()} == {"UNCERTAIN"}
    has_arrived = bool(salesforce.live())
    log_all()
    assert salesforce.calls()[UPSERT] == (1 if has_arrived else 2)


@pytest.mark.parametrize("code", ["UNABLE_TO_LOCK_ROW", "UNKNOWN_EXCEPTION", "ODD_NEW_CODE"])
def test_a_record_that_fails_once_is_sent_again_without_the_others(
    salesforce, people, seller, code
):
    record_mixed(people, seller, 40)
    salesforce.add_fault("record", object="Task", code=code, skip=5, times=3)
    sweep(now=timezone.now())
    assert waiting().count() == 3
    log_all()
    assert_each_is_there_once(salesforce)


def test_a_validation_rule_parks_what_it_refuses_until_somebody_says_again(
    salesforce, people, seller
):
    record_mixed(people, seller, 40)
    words = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Calls need a <b>reason</b>"}
    salesforce.add_fault("record", field="CallType", object="Task", times=0, **words)
    log_all()
    parked = Delivery.objects.filter(state="PARKED", destination=Destination.SALESFORCE)
    assert set(parked.values_list("code", "reason")) == {(words["code"], words["message"])}
    assert parked.count() == 10
    salesforce.clear_faults()
    retry(parked, now=timezone.now())
    log_all()
    assert_each_is_there_once(salesforce)


def test_an_unknown_code_is_tried_five_times_and_then_shown(salesforce, seller, contact):
    delivery = record(contact, seller)
    salesforce.add_fault("record", object="Task", code="ODD_NEW_CODE", times=0)
    log_all()
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code, delivery.attempts) == ("PARKED", "ODD_NEW_CODE", 5)


def test_a_key_that_somebody_was_quicker_with_is_found_by_it(salesforce, people, seller):
    record_mixed(people, seller, 20)
    salesforce.add_fault("race", object="Task", times=4)
    log_all()
    assert_each_is_there_once(salesforce)


def test_a_refused_token_is_renewed_and_rotated_in_passing(salesforce, people, seller):
    salesforce.change_settings(rotation=True)
    record_mixed(people, seller, 20)
    salesforce.expire_sessions()
    sweep(now=timezone.now())
    assert_each_is_there_once(salesforce)


def test_a_connection_that_is_lost_keeps_what_waits(salesforce, main, people, seller):
    record_mixed(people, seller, 8)
    salesforce.change_settings(client_credentials=False)
    salesforce.expire_sessions()
    sweep(now=timezone.now())
    assert SalesforceConnection.objects.get().state == "NEEDS_RECONNECT"
    assert numbers() == (8, 0, 6, 0, 2)
    calls = salesforce.calls()
    sweep(now=timezone.now() + timedelta(hours=2))
    assert salesforce.calls() == calls


def test_used_up_calls_stop_the_connection_not_each_activity(salesforce, people, seller):
    record_mixed(people, seller, 400)
    salesforce.change_settings(daily_calls=15_000, other_calls=14_999)
    sweep(now=timezone.now())
    assert salesforce.calls().get(UPSERT, 0) <= 1
    salesforce.change_settings(other_calls=0)
    log_all()
    assert_each_is_there_once(salesforce)


def test_a_worker_that_died_leaves_what_is_looked_for(salesforce, people, seller):
    """It had sent, and had not yet stored what came of it."""
    record_mixed(people, seller, 20)
    sweep(now=timezone.now())
    LoggedTask.objects.update(task_id="", logged_at=None)
    lease = timezone.now() - timedelta(seconds=1)
    sent = Delivery.objects.filter(destination=Destination.SALESFORCE, state="DELIVERED")
    sent.update(state="CLAIMED", lease_until=lease, due_at=lease, remote_id="", settled_at=None)
    log_all()
    assert_each_is_there_once(salesforce)
    assert salesforce.calls()[UPSERT] == 1


def test_only_one_writes_over_a_connection_at_a_time(salesforce, main, people, seller):
    record_mixed(people, seller, 20)
    held, done = threading.Event(), threading.Event()

    def hold():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [WRITER_LOCK, main.pk])
            held.set()
            done.wait(10)
        connections["default"].close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(10)
        sweep(now=timezone.now())
        assert not salesforce.records()
    finally:
        done.set()
        other.join()
    sweep(now=timezone.now())
    assert_each_is_there_once(salesforce)
    assert connection.is_usable()


def test_what_arrived_and_was_deleted_before_anybody_looked_stays_deleted(
    salesforce, seller, contact
):
    delivery = record(contact, seller)
    salesforce.add_fault("reset", path=TASKS, committed=True)
    sweep(now=timezone.now())
    (task,) = salesforce.live()
    salesforce.delete(task["Id"])
    log_all()
    assert not salesforce.live()
    assert refreshed(delivery).remote_id == task["Id"]


def test_switching_off_cancels_what_waits(salesforce, seller, contact):
    delivery = record(contact, seller)
    change(email_logging="OFF")
    sweep(now=timezone.now())
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code) == ("CANCELLED", "OFF")
    assert not salesforce.records()


def test_a_key_is_never_shared(salesforce, people, seller):
    record_mixed(people, seller, 60)
    log_all()
    keys = [task[KEY.name] for task in salesforce.live()]
    assert len(keys) == len(set(keys)) == 45


def test_what_arrives_between_the_look_and_the_next_try_is_found_then(salesforce, people, seller):
    record_mixed(people, seller, 20)
    salesforce.add_fault("late_commit", path=TASKS, seconds=3600)
    now = timezone.now()
    sweep(now=now)
    # It was looked for, and not yet there.
    Delivery.objects.filter(state="UNCERTAIN").update(state="PENDING", due_at=now)
    salesforce.commit_late()
    assert len(salesforce.live()) == 15
    log_all()
    assert_each_is_there_once(salesforce)


def test_what_waits_for_a_connection_says_so(logging, seller, contact):
    SalesforceConnection.objects.all().delete()
    delivery = record(contact, seller)
    sweep(now=timezone.now())
    assert refreshed(delivery).reason == "Salesforce is not connected."


def test_while_the_own_connection_rests_the_main_one_takes_over(
    salesforce, logging, seller, contact
):
    own = connect_user(salesforce, seller)
    own.store(state="NEEDS_RECONNECT", state_reason="Revoked")
    record(contact, seller)
    log_all(until=salesforce.live)
    (task,) = salesforce.live()
    assert task["OwnerId"] == seller.salesforce_user_id
    assert task["CreatedById"] != seller.salesforce_user_id


def test_when_the_user_may_not_see_tasks_all_wait(salesforce, seller, contact):
    delivery = record(contact, seller)
    denied = {"status": 404, "code": "NOT_FOUND", "message": "The requested resource"}
    salesforce.add_fault("error", path="*/Task/describe*", **denied)
    sweep(now=timezone.now())
    assert refreshed(delivery).state == "PENDING"
    log_all()
    assert len(salesforce.live()) == 1


@pytest.mark.parametrize("kind", ["EMAIL_SENT", "EMAIL_OPENED"])
def test_what_a_worker_had_only_taken_when_it_died_goes_on(salesforce, seller, contact, kind):
    record(contact, seller, about_id=5)
    log_all()
    delivery = record(contact, seller, kind, about_id=5)
    gone = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(state="CLAIMED", lease_until=gone, due_at=gone)
    log_all()
    assert refreshed(delivery).state == "DELIVERED"


def test_what_may_have_arrived_waits_while_the_field_of_its_key_is_hidden(
    salesforce, people, seller
):
    record_mixed(people, seller, 20)
    salesforce.add_fault("reset", path=TASKS, committed=True)
    now = timezone.now()
    sweep(now=now)
    salesforce.set_access(f"Task.{KEY.name}", "none")
    delivery = record(people[0], seller)
    # First it is asked for, and Salesforce says that it knows no such field.
    for minute in (1, 2):
        sweep(now=now + timedelta(minutes=minute))
    assert {(one.state, one.code) for one in waiting()} == {("UNCERTAIN", "NO_FIELD")}
    assert refreshed(delivery).state == "DELIVERED"
    salesforce.set_access(f"Task.{KEY.name}", "edit")
    cache.clear()
    log_all()
    assert_each_has_its_task(salesforce)
