"""Workers in processes of their own: racing, killed at any moment, and 10,000 activities in all."""

import random
import signal
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.delivery.selectors import parked, waiting
from syncing.delivery.services import in_marketo, retry
from syncing.delivery.sweep import sweep
from tests.syncing.delivery.driving import (
    ACTIVITIES,
    EXTERNAL,
    assert_each_is_there_once,
    deliver,
    people_of,
    record_mixed,
)
from tests.syncing.people_sync.driving import forget_budget
from tests.syncing.workers import kill, workers

pytestmark = pytest.mark.django_db(transaction=True)

DELIVER = "syncing.delivery.tasks.sweep_deliveries"
LONGEST_SECONDS = 180
KILLS = 4
COUNT = 10_000


def wait_for(happened, sandbox):
    deadline = time.monotonic() + LONGEST_SECONDS
    while not happened():
        assert time.monotonic() < deadline
        forget_budget(sandbox)


def wait_until_quiet(sandbox):
    """Marketo is done with what a worker that is gone has sent; a lease is longer than that."""
    quiet = 0
    while quiet < 10:
        calls = sandbox.calls()
        in_flight = sandbox.read("stats")["limits"]["in_flight"]
        quiet = quiet + 1 if not in_flight and sandbox.calls() == calls else 0


def delivered():
    return in_marketo().filter(state="DELIVERED").count()


def test_two_workers_that_race_deliver_each_activity_once_in_full_calls(sandbox, people, seller):
    record_mixed(people, seller, 3_000)
    with workers(2, DELIVER):
        wait_for(lambda: not waiting().exists(), sandbox)
    assert_each_is_there_once(sandbox)
    assert sandbox.calls()[EXTERNAL] <= 12
    assert ACTIVITIES not in sandbox.calls()


def test_a_worker_killed_between_sending_and_settling_leaves_nothing_to_send_blindly(
    sandbox, people, seller
):
    record_mixed(people, seller, 40)
    sandbox.add_fault("hang", EXTERNAL, seconds=2, committed=True)
    with workers(1, DELIVER):
        wait_for(sandbox.custom_activities, sandbox)
    assert {one.state for one in waiting()} == {"CLAIMED"}
    sweep(now=timezone.now())
    assert {one.state for one in waiting()} == {"CLAIMED"}
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    wait_for(lambda: EXTERNAL in sandbox.calls(), sandbox)
    assert sandbox.calls()[EXTERNAL] == 1
    assert sandbox.calls()[ACTIVITIES] >= 1


def test_a_worker_killed_before_sending_leaves_what_is_sent_later(sandbox, people, seller):
    record_mixed(people, seller, 40)
    sandbox.add_fault("hang", "*/oauth/token", seconds=2)
    sandbox.expire_tokens()
    with workers(1, DELIVER):
        wait_for(in_marketo().filter(state="CLAIMED").exists, sandbox)
    deliver(sandbox)
    assert_each_is_there_once(sandbox)


def test_a_worker_that_comes_back_after_its_lease_stores_and_sends_nothing(sandbox, people, seller):
    """What it had claimed has been looked up and sent by another one since."""
    record_mixed(people, seller, 10)
    sandbox.add_fault("hang", EXTERNAL, seconds=2, committed=True)
    with workers(1, DELIVER) as (sleeper,):
        wait_for(sandbox.custom_activities, sandbox)
        sleeper.send_signal(signal.SIGSTOP)
        deliver(sandbox)
        sleeper.send_signal(signal.SIGCONT)
        settled = set(in_marketo().values_list("pk", "state", "remote_id", "settled_at"))
        wait_for(lambda: EXTERNAL in sandbox.calls(), sandbox)
        wait_until_quiet(sandbox)
    assert set(in_marketo().values_list("pk", "state", "remote_id", "settled_at")) == settled
    assert_each_is_there_once(sandbox)


FAULTS = [
    {"kind": "reset"},
    {"kind": "reset", "committed": True},
    {"kind": "http", "status": 502},
    {"kind": "http", "status": 503, "committed": True},
    {"kind": "empty"},
    {"kind": "truncated_json"},
    {"kind": "error", "code": "611", "committed": True},
    {"kind": "error", "code": "713"},
    {"kind": "error", "code": "615"},
    {"kind": "revoked_token"},
]
RARE_FAULTS = [
    {"kind": "error", "code": "606"},
    {"kind": "error", "code": "607"},
    {"kind": "record", "code": "1003", "message": "Odd", "times": 3, "skip": 100},
    {"kind": "record", "code": "719", "message": "Busy", "times": 3, "skip": 200},
]


@pytest.fixture
def many_faults(sandbox):
    """Two of three calls fail in one way or another."""
    for fault in RARE_FAULTS:
        sandbox.add_fault(endpoint=EXTERNAL, **fault)
    for fault in FAULTS:
        sandbox.add_fault(endpoint=EXTERNAL, **{"times": 0, "probability": 0.1, **fault})
    sandbox.add_fault("http", "*/activities.json", status=502, times=0, probability=0.02)


def test_of_ten_thousand_activities_none_is_lost_and_none_is_there_twice(
    sandbox, logging, seller, many_faults
):
    """Faults at every step, two workers at a time, and one killed again and again."""
    chance = random.Random("ten thousand")
    people = people_of(sandbox)
    for _ in range(COUNT // 1_000):
        record_mixed(people, seller, 1_000)
    for _ in range(KILLS):
        before = sandbox.calls().get(EXTERNAL, 0)
        with workers(2, DELIVER) as (first, _second):
            wait_for(lambda before=before: sandbox.calls().get(EXTERNAL, 0) > before, sandbox)
            time.sleep(chance.uniform(0, 0.2))
            kill(first)
            wait_for(lambda before=before: sandbox.calls()[EXTERNAL] > before + 3, sandbox)
    wait_until_quiet(sandbox)
    deliver(sandbox)
    retry(parked(), now=timezone.now() - timedelta(hours=1))
    deliver(sandbox)
    assert_each_is_there_once(sandbox)
    assert in_marketo().count() == COUNT
