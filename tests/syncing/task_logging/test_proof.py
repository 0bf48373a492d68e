"""Racing workers, killed at any moment, and every fault at once: each activity is one task."""

import random
import time
from datetime import timedelta
from fnmatch import fnmatch

import pytest
from django.core.cache import cache
from django.utils import timezone

from syncing.delivery.models import Delivery, Destination
from syncing.delivery.services import retry
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.setup_check import MARKER
from syncing.task_logging.models import LoggedTask
from tests.factories import make_person
from tests.syncing.task_logging.driving import (
    UPSERT,
    assert_each_has_its_task,
    assert_each_is_there_once,
    log_all,
    numbers,
    record,
    record_mixed,
    waiting,
)
from tests.syncing.workers import kill, workers

pytestmark = pytest.mark.django_db(transaction=True)

LOG = "syncing.task_logging.tasks.sweep_task_logging"
TASKS = "*/composite/sobjects/Task*"
WRITES = "*/composite/sobjects*"
LONGEST_SECONDS = 120
COUNT = 500
KILLS = 2
FAULTS = [
    {"kind": "reset"},
    {"kind": "reset", "committed": True},
    {"kind": "late_commit", "seconds": 1},
    {"kind": "http", "status": 503},
    {"kind": "http", "status": 502, "committed": True},
    {"kind": "truncated"},
    {"kind": "expired_session"},
    {"kind": "error", "status": 403, "code": "REQUEST_LIMIT_EXCEEDED", "message": "Concurrent"},
]
RECORD_FAULTS = [
    {"code": "UNABLE_TO_LOCK_ROW", "probability": 0.02, "times": 0},
    {"code": "UNKNOWN_EXCEPTION", "probability": 0.01, "times": 0},
    {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "skip": 60, "times": 7},
]


@pytest.fixture(params=["KEY", "MARKER", "SUBJECT"])
def level(request, salesforce, logging):
    """By what a task is found again."""
    if request.param != "KEY":
        salesforce.set_access(f"Task.{KEY.name}", "none")
    if request.param == "SUBJECT":
        salesforce.set_access(f"Task.{MARKER}", "none")
    cache.clear()
    return request.param


def wait_for(happened):
    deadline = time.monotonic() + LONGEST_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def parked():
    return Delivery.objects.filter(state="PARKED", destination=Destination.SALESFORCE)


def test_two_workers_that_race_log_each_activity_once_in_full_calls(salesforce, people, seller):
    record_mixed(people, seller, 400)
    with workers(2, LOG):
        wait_for(lambda: not waiting().exists())
    assert_each_is_there_once(salesforce)
    assert salesforce.calls()[UPSERT] == 2


def test_a_worker_killed_right_after_it_took_them_leaves_nothing_behind(
    salesforce, people, seller, level
):
    stranger = make_person(email="fox@example.com", salesforce_contact_id="", salesforce_lead_id="")
    salesforce.create("Contact", LastName="Stranger", Email=stranger.email)
    record(stranger, seller, about_id=5)
    salesforce.add_fault("hang", path="*/query*", seconds=1)
    kill_once_taken()
    assert not LoggedTask.objects.exists()
    log_all()
    opened = record(stranger, seller, "EMAIL_OPENED", about_id=5)
    Delivery.objects.filter(pk=opened.pk).update(due_at=timezone.now())
    cache.clear()
    salesforce.add_fault("hang", path="*/describe", seconds=1)
    kill_once_taken()
    log_all()
    assert [task["MSE_Viewed__c"] for task in salesforce.live()] == [True]
    assert numbers() == (2, 2, 0, 0, 0)


def kill_once_taken():
    with workers(1, LOG):
        wait_for(waiting().filter(state="CLAIMED").exists)


def test_a_worker_killed_between_sending_and_storing_makes_nothing_twice(
    salesforce, people, seller, level
):
    record_mixed(people, seller, 40)
    salesforce.add_fault("hang", path=WRITES, seconds=2, committed=True)
    with workers(1, LOG):
        wait_for(salesforce.live)
    assert {one.state for one in waiting()} == {"CLAIMED"}
    log_all()
    assert_each_has_its_task(salesforce)
    # The one that was cut off is counted when the silence is over.
    wait_for(lambda: writes(salesforce))
    assert writes(salesforce) == 1


def writes(salesforce):
    return sum(count for call, count in salesforce.calls().items() if fnmatch(call, WRITES))


@pytest.mark.parametrize("level", ["MARKER", "SUBJECT"], indirect=True)
def test_of_many_without_our_key_none_is_lost_and_none_is_there_twice(
    salesforce, people, seller, level
):
    for fault in FAULTS:
        salesforce.add_fault(path=WRITES, times=0, probability=0.12, **fault)
    for fault in RECORD_FAULTS:
        salesforce.add_fault("record", object="Task", **fault)
    record_mixed(people, seller, COUNT)

    def in_the_end():
        # Salesforce has ended a call long before ten minutes are over.
        salesforce.commit_late()
        return not waiting().exists()

    log_all(until=in_the_end)
    salesforce.clear_faults()
    retry(parked(), now=timezone.now() - timedelta(hours=1))
    log_all()
    assert_each_has_its_task(salesforce)


def test_of_many_activities_none_is_lost_and_none_is_there_twice(salesforce, people, seller):
    """Most calls fail in one way or another, and workers die; one that was rests no longer."""
    chance = random.Random("tasks")
    salesforce.change_settings(rotation=True)
    for fault in FAULTS:
        salesforce.add_fault(path=TASKS, times=0, probability=0.12, **fault)
    for fault in RECORD_FAULTS:
        salesforce.add_fault("record", object="Task", **fault)
    for _ in range(KILLS):
        record_mixed(people, seller, COUNT // KILLS)
        before = salesforce.calls().get(UPSERT, 0)
        with workers(2, LOG) as (first, _second):
            wait_for(lambda before=before: salesforce.calls().get(UPSERT, 0) > before)
            time.sleep(chance.uniform(0, 0.1))
            kill(first)
        log_all(until=lambda: waiting().count() < COUNT // 4)
    log_all()
    salesforce.clear_faults()
    salesforce.commit_late()
    retry(parked(), now=timezone.now() - timedelta(hours=1))
    log_all()
    assert_each_is_there_once(salesforce)
    assert Delivery.objects.filter(destination=Destination.SALESFORCE).count() == COUNT
