"""An org without our key field: late where an answer was lost, but never twice."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from syncing.task_logging.models import LoggedTask
from syncing.task_logging.sweep import sweep
from tests.syncing.task_logging.driving import (
    change,
    log_all,
    numbers,
    people_of,
    record,
    record_mixed,
    refreshed,
    start_logging,
    waiting,
)

pytestmark = pytest.mark.django_db

TASKS = "*/composite/sobjects"
MINUTES = timedelta(minutes=1)


@pytest.fixture(params=["marker", "subject"])
def without_key(request, main, salesforce):
    change(email_logging="API", log_replies=True, log_calls=True)
    if request.param == "subject":
        salesforce.set_access("Task.CallObject", "none")
    return request.param


@pytest.fixture
def people(without_key, sandbox):
    return people_of(sandbox)


@pytest.fixture
def person(people):
    return people[0]


def test_tasks_carry_the_key_where_it_can_be_found_again(salesforce, seller, person, without_key):
    record(person, seller, subject="Pumps")
    log_all()
    (task,) = salesforce.live()
    key = LoggedTask.objects.get().key
    if without_key == "marker":
        assert (task["CallObject"], task["Subject"]) == (str(key), "Pumps")
    else:
        assert task["Subject"] == f"Pumps [{key.hex[:8]}]"


@pytest.mark.parametrize(
    "fault",
    [{"kind": "reset", "committed": True}, {"kind": "late_commit", "seconds": 300}],
    ids=["committed", "late"],
)
def test_what_may_have_arrived_is_not_sent_again_before_it_can_arrive_no_more(
    sandbox, salesforce, people, seller, fault
):
    record_mixed(people, seller, 16)
    now = timezone.now()
    salesforce.add_fault(path=TASKS, **fault)
    sweep(now=now)
    for minute in range(1, 9):
        sweep(now=now + minute * MINUTES)
    assert {one.state for one in waiting()} == {"UNCERTAIN"}
    salesforce.commit_late()
    assert len(salesforce.live()) == 12
    log_all()
    assert len(salesforce.live()) == 12
    assert numbers() == (16, 12, 0, 0, 4)


def test_what_never_arrived_is_sent_after_ten_minutes(salesforce, people, seller):
    record_mixed(people, seller, 16)
    salesforce.add_fault("reset", path=TASKS)
    now = timezone.now()
    sweep(now=now)
    sweep(now=now + 9 * MINUTES)
    assert not salesforce.live()
    sweep(now=now + 11 * MINUTES)
    sweep(now=now + 11 * MINUTES)
    assert len(salesforce.live()) == 12


def test_a_second_lost_answer_waits_ten_minutes_anew(salesforce, seller, person):
    delivery = record(person, seller)
    salesforce.add_fault("reset", path=TASKS)
    salesforce.add_fault("late_commit", path=TASKS, seconds=3600)
    now = timezone.now()
    for minute in range(20):
        sweep(now=now + minute * MINUTES)
    assert refreshed(delivery).state == "UNCERTAIN"
    salesforce.commit_late()
    log_all()
    assert len(salesforce.live()) == 1


def test_opens_have_no_field_and_say_so(salesforce, seller, person):
    record(person, seller, about_id=71)
    opened = record(person, seller, "EMAIL_OPENED", about_id=71)
    log_all()
    assert (refreshed(opened).state, refreshed(opened).code) == ("CANCELLED", "NO_FIELD")


def test_what_may_have_arrived_without_a_key_is_still_found_after_the_fields_are_deployed(
    salesforce, people, seller
):
    record_mixed(people, seller, 16)
    salesforce.add_fault("reset", path=TASKS, committed=True)
    sweep(now=timezone.now())
    start_logging()
    cache.clear()
    log_all()
    assert len(salesforce.live()) == 12


def test_what_was_made_before_a_later_half_of_a_call_failed_is_not_made_twice(
    salesforce, people, seller
):
    record_mixed(people, seller, 16)
    busy = {"status": 403, "code": "REQUEST_LIMIT_EXCEEDED", "message": "ConcurrentRequests"}
    salesforce.add_fault("error", path=TASKS, status=400, code="JSON_PARSER_ERROR")
    salesforce.add_fault("error", path=TASKS, skip=1, **busy)
    sweep(now=timezone.now())
    assert len(salesforce.live()) == 6
    log_all()
    assert len(salesforce.live()) == 12
    assert numbers() == (16, 12, 0, 0, 4)
