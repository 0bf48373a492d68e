"""A worker that is gone between Salesforce's doing and our knowing makes nothing twice."""

import pytest
from django.utils import timezone

from activities.reminders.models import Reminder
from activities.reminders.services import complete_reminder
from syncing.reminder_sync.engine import sync
from syncing.salesforce_settings.setup_check import MARKER
from tests.factories import make_user
from tests.syncing.reminder_sync.conftest import (
    Killed,
    edit,
    fresh,
    hide_keys,
    link_of,
    remind,
    run,
    send_at_once,
)

TASKS = "/services/data/*/composite/sobjects*"


def only_task(salesforce):
    (task,) = salesforce.live()
    return task


def settle(later):
    with later(minutes=20):
        for _cycle in range(3):
            send_at_once()
            run()


def test_a_worker_killed_while_making_a_task_makes_one(sam, org, dying, later):
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()

    sync(now=timezone.now(), polls=False)
    settle(later)

    assert only_task(org)["Id"] == link_of(reminder).task_id
    assert Reminder.objects.get() == reminder


@pytest.fixture
def sellers(sam, salesforce):
    """Sam, and Sara who syncs, too."""
    sara_id = salesforce.users()["sara@example.com"]["Id"]
    user = make_user(email="sara@example.com", salesforce_user_id=sara_id)
    run()
    return sam, user


@pytest.mark.parametrize("polls", [True, False])
def test_what_is_edited_after_a_worker_was_killed_is_of_the_one_task(
    sellers, org, dying, later, polls
):
    sam, sara = sellers
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()
    edit(reminder, subject="Call Bo", notes="Ask", owner=sara)
    complete_reminder(reminder=fresh(reminder), now=timezone.now())

    sync(now=timezone.now(), polls=polls)
    settle(later)

    task = only_task(org)
    assert task["Id"] == link_of(reminder).task_id
    assert (task["Subject"], task["Description"]) == ("Call Bo", "Ask")
    assert (task["OwnerId"], task["IsClosed"]) == (sara.salesforce_user_id, True)
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("level", ["marker", "nothing"])
def test_an_edit_does_not_hurry_what_may_still_be_made(sam, salesforce, later, level):
    hide_keys(salesforce, level=level)
    salesforce.add_fault("late_commit", path=TASKS, method="POST")
    reminder = remind(sam)
    run()
    edit(reminder, subject="Call Bo")
    run()
    salesforce.commit_late()

    settle(later)

    assert only_task(salesforce)["Subject"] == "Call Bo"
    assert Reminder.objects.get() == reminder


def test_whom_a_task_is_given_to_before_it_is_found_keeps_it(sellers, salesforce, dying, later):
    sam, sara = sellers
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()
    salesforce.update(only_task(salesforce)["Id"], OwnerId=sara.salesforce_user_id)

    settle(later)

    assert only_task(salesforce)["OwnerId"] == sara.salesforce_user_id
    assert fresh(reminder).owner == sara


def test_a_task_given_to_who_does_not_sync_before_it_is_found_is_theirs(
    sam, salesforce, dying, later
):
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()
    task_id = only_task(salesforce)["Id"]
    salesforce.update(task_id, OwnerId=salesforce.users()["sara@example.com"]["Id"])

    settle(later)

    assert only_task(salesforce)["Id"] == task_id
    assert (link_of(reminder).state, link_of(reminder).task_id) == ("LEFT", task_id)
    assert fresh(reminder).owner == sam


@pytest.mark.parametrize("polls", [True, False])
def test_a_task_that_a_killed_worker_made_and_somebody_deleted_stays_so(
    sam, org, dying, later, polls
):
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()
    task_id = only_task(org)["Id"]
    org.delete(task_id)

    sync(now=timezone.now(), polls=polls)
    settle(later)

    assert not org.live()
    assert fresh(reminder).state == Reminder.State.DELETED
    assert link_of(reminder).task_id == task_id


def test_a_call_refused_as_a_whole_is_made_again_without_waiting(sam, salesforce):
    hide_keys(salesforce, level="nothing")
    salesforce.add_fault(
        "error", status=400, code="UNABLE_TO_LOCK_ROW", path=TASKS, method="POST", committed=False
    )
    reminder = remind(sam)
    run()
    assert not link_of(reminder).is_uncertain

    run()

    assert only_task(salesforce)["Id"] == link_of(reminder).task_id


@pytest.mark.parametrize("polls", [True, False])
def test_a_deleted_copy_of_a_task_does_not_stand_for_it(sam, salesforce, later, polls):
    hide_keys(salesforce, level="marker")
    salesforce.add_fault("reset", path=TASKS, method="POST", committed=True)
    reminder = remind(sam)
    run()
    task = only_task(salesforce)
    copy = salesforce.create(
        "Task", Subject="Copy", OwnerId=sam.salesforce_user_id, **{MARKER: task[MARKER]}
    )
    salesforce.delete(copy)

    with later(minutes=20):
        send_at_once()
        sync(now=timezone.now(), polls=polls)
    settle(later)

    assert fresh(reminder).state == Reminder.State.OPEN
    assert link_of(reminder).task_id == task["Id"]
