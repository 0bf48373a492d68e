"""Sellers who write over connections of their own, who may less than the main one, or more."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from activities.reminders.models import Reminder
from syncing.reminder_sync import engine
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import SyncedUser
from syncing.reminder_sync.services import in_trouble, retry
from syncing.salesforce_connections.selectors import main_connection, own_connection
from syncing.salesforce_settings.fields import KEY
from tests.factories import make_user
from tests.syncing.reminder_sync.conftest import (
    TOMORROW,
    Killed,
    edit,
    fresh,
    link_of,
    remind,
    run,
    send_at_once,
)
from tests.syncing.salesforce_connections.conftest import connect_user


def only_task(salesforce):
    (task,) = salesforce.live()
    return task


@pytest.fixture
def own(sam, salesforce):
    """The main connection has looked at what it may; the seller's own has not."""
    return connect_user(salesforce, sam)


def test_what_a_seller_may_not_set_is_left_out_of_what_they_write(sam, own, salesforce):
    salesforce.set_access("Task.ReminderDateTime", "none")

    reminder = remind(sam)
    run()
    assert only_task(salesforce)["Subject"] == "Call Ann"

    edit(reminder, subject="Call Bo", due_at=TOMORROW.replace(hour=9))
    run()
    assert only_task(salesforce)["Subject"] == "Call Bo"
    assert not link_of(reminder).is_dirty


def test_what_a_seller_may_not_change_stays_here_and_says_so(sam, own, salesforce, client):
    reminder = remind(sam)
    run()
    salesforce.set_access("Task.ActivityDate", "read")
    cache.clear()
    edit(reminder, subject="Call Bo", due_at=TOMORROW + timedelta(days=3))
    run()
    salesforce.update(only_task(salesforce)["Id"], Description="From there")
    run()
    edit(reminder, priority="HIGH")
    run()

    task, kept = only_task(salesforce), fresh(reminder)
    assert (task["Subject"], task["ActivityDate"]) == ("Call Bo", TOMORROW.date().isoformat())
    assert (kept.due_at, kept.notes) == (TOMORROW + timedelta(days=3), "From there")
    assert in_trouble().get().reason == "Salesforce does not let the connected user change: Due."
    client.force_login(sam)
    page = client.get(reverse("reminder-sync:history", args=[reminder.pk])).text
    assert page.count("Due changed here; Salesforce does not let the connected user") == 1

    salesforce.set_access("Task.ActivityDate", "edit")
    retry(in_trouble(), now=timezone.now())
    run()
    assert only_task(salesforce)["ActivityDate"] == kept.due_at.date().isoformat()
    assert not in_trouble().exists()


def test_what_a_seller_may_not_set_in_a_new_task_stays_here_and_says_so(sam, own, salesforce):
    salesforce.set_access("Task.Description", "read")
    reminder = remind(sam, notes="Ask")
    for _cycle in range(3):
        run()

    assert fresh(reminder).notes == "Ask"
    assert in_trouble().get().reason.endswith("change: Notes.")
    assert only_task(salesforce)["Subject"] == "Call Ann"


def test_whom_a_seller_may_not_give_a_task_to_is_said(sam, own, salesforce):
    sara_id = salesforce.users()["sara@example.com"]["Id"]
    sara = make_user(email="sara@example.com", salesforce_user_id=sara_id)
    reminder = remind(sam)
    run()
    salesforce.set_access("Task.OwnerId", "read")

    edit(reminder, owner=sara)
    for _cycle in range(3):
        send_at_once()
        run()

    assert fresh(reminder).owner == sara
    assert in_trouble().get().reason.endswith("change: Assignee.")


def test_what_nobody_sees_in_salesforce_is_nobodys_trouble(sam, own, salesforce):
    salesforce.set_access("Task.Description", "none")
    cache.clear()
    reminder = remind(sam, notes="Ask")
    run()
    edit(reminder, notes="Ask again")
    run()
    run()

    assert fresh(reminder).notes == "Ask again"
    assert not link_of(reminder).is_dirty
    assert not in_trouble().exists()


def test_those_without_a_connection_hold_up_nobody_else(sam, own, salesforce, monkeypatch):
    sara_id = salesforce.users()["sara@example.com"]["Id"]
    sara = make_user(email="sara@example.com", salesforce_user_id=sara_id)
    run()
    SyncedUser.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(engine, "MOST_SENT", 1)
    main_connection().store(state="NEEDS_RECONNECT")

    remind(sara, "Hers")
    remind(sam, "His")
    run()

    assert only_task(salesforce)["Subject"] == "His"


@pytest.fixture
def sara(sam, salesforce):
    """Another seller with a connection of her own, now that there is no main one."""
    sara_id = salesforce.users()["sara@example.com"]["Id"]
    user = make_user(email="sara@example.com", salesforce_user_id=sara_id)
    for seller in (sam, user):
        connect_user(salesforce, seller)
    main_connection().store(state="NEEDS_RECONNECT")
    run()
    SyncedUser.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    return user


def asked(salesforce, what):
    return sum(count for call, count in salesforce.calls().items() if call.endswith(what))


def test_what_holds_for_the_org_is_asked_once_and_what_a_seller_may_set_of_each(
    sam, sara, salesforce
):
    cache.clear()
    queries, descriptions = asked(salesforce, "/query"), asked(salesforce, "/Task/describe")

    run()

    # Of the statuses and the priorities; tasks are asked for otherwise.
    assert asked(salesforce, "/query") == queries + 2
    assert asked(salesforce, "/Task/describe") == descriptions + 2


def delete_for_good(salesforce):
    for task in salesforce.live():
        salesforce.delete(task["Id"])
    salesforce.empty_recycle_bin()


def states():
    return dict(Reminder.objects.values_list("subject", "state"))


def test_what_one_reader_could_not_read_is_read_when_it_can(sam, sara, salesforce, later):
    remind(sam, "His")
    remind(sara, "Hers")
    run()
    delete_for_good(salesforce)
    his = own_connection(sam)
    his.store(state="NEEDS_RECONNECT")
    with later(minutes=6):
        run(seconds=2)
        assert states() == {"His": "OPEN", "Hers": "DELETED"}

        his.store(state="CONNECTED")
        run(seconds=2)

    assert states() == {"His": "DELETED", "Hers": "DELETED"}


def test_a_night_that_one_reader_missed_is_made_up_for(sam, sara, salesforce, later):
    salesforce.change_settings(undelete_modifies=False)
    reminder = remind(sam)
    run()
    task_id = only_task(salesforce)["Id"]
    salesforce.delete(task_id)
    with later(minutes=20):
        run()
    salesforce.undelete(task_id)
    his = own_connection(sam)
    his.store(state="NEEDS_RECONNECT")
    with later(hours=25):
        run()
        his.store(state="CONNECTED")
        run()

    assert link_of(reminder).state == "LINKED"


def test_a_task_marked_in_another_field_than_the_reader_marks_is_known(
    sam, own, salesforce, dying, later
):
    salesforce.set_access(f"Task.{KEY.name}", "none")
    reminder = remind(sam)
    with dying(), pytest.raises(Killed):
        sync(now=timezone.now(), polls=False)
    salesforce.set_access(f"Task.{KEY.name}", "edit")

    run()
    with later(minutes=20):
        send_at_once()
        run()

    assert Reminder.objects.get() == reminder
    assert only_task(salesforce)["Id"] == link_of(reminder).task_id
