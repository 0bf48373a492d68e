"""A worker that is gone between Salesforce's doing and our knowing makes nothing twice."""

import pytest
from django.utils import timezone

from activities.reminders.models import Reminder
from syncing.reminder_sync.engine import sync
from syncing.salesforce_settings.setup_check import MARKER
from tests.syncing.reminder_sync.conftest import (
    Killed,
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


@pytest.mark.parametrize("level", ["key", "marker", "nothing"])
def test_a_worker_killed_while_making_a_task_makes_one(sam, salesforce, dying, later, level):
    hide_keys(salesforce, level=level)
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()

    sync(now=timezone.now(), polls=False)
    settle(later)

    assert only_task(salesforce)["Id"] == link_of(reminder).task_id
    assert Reminder.objects.get() == reminder


def test_a_task_that_a_killed_worker_made_and_somebody_deleted_stays_so(
    sam, salesforce, dying, later
):
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        run()
    salesforce.delete(only_task(salesforce)["Id"])

    sync(now=timezone.now(), polls=False)
    settle(later)

    assert not salesforce.live()
    assert fresh(reminder).state == Reminder.State.DELETED


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
