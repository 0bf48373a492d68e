from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from activities.reminders import services
from activities.reminders.models import Reminder
from activities.reminders.signals import reminders_changed
from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.reminder_sync.services import ignore, in_trouble, retry
from tests.factories import make_user
from tests.syncing.reminder_sync.conftest import edit, fresh, link_of, remind, run, send_at_once

State = Reminder.State
Link = ReminderLink.State


def only_task(salesforce):
    (task,) = salesforce.live()
    return task


def edit_later(reminder, **fields):
    """An edit that is later than any there, whose clock tells whole seconds."""
    services.edit_reminder(reminder=reminder, now=timezone.now() + timedelta(seconds=5), **fields)
    send_at_once()


def test_the_later_edit_wins_and_the_reminder_tells_what_was_lost(sam, salesforce, seller_client):
    reminder = remind(sam)
    run()
    salesforce.update(only_task(salesforce)["Id"], Subject="Theirs")
    edit_later(reminder, subject="Ours")
    run()
    run()

    assert only_task(salesforce)["Subject"] == fresh(reminder).subject == "Ours"
    (event,) = ReminderEvent.objects.filter(kind="CONFLICT")
    assert (event.before, event.after) == ("Theirs", "Ours")
    page = seller_client.get(reverse("reminder-sync:history", args=[reminder.pk])).text
    assert "what was written here later was kept" in page
    assert "Theirs" in page


def test_salesforce_wins_where_its_edit_is_as_late(sam, salesforce):
    reminder = remind(sam)
    run()
    edit(reminder, subject="Ours")
    salesforce.update(only_task(salesforce)["Id"], Subject="Theirs")
    run()

    assert only_task(salesforce)["Subject"] == fresh(reminder).subject == "Theirs"
    (event,) = ReminderEvent.objects.filter(kind="CONFLICT")
    assert (event.before, event.after) == ("Ours", "Theirs")


@pytest.mark.django_db(transaction=True)
def test_what_is_edited_right_after_a_merge_is_sent_too(sam, salesforce):
    reminder = remind(sam)
    run()
    edit(reminder, subject="First")
    salesforce.update(only_task(salesforce)["Id"], Description="Theirs")

    def edit_again(**_more):
        reminders_changed.disconnect(edit_again)
        transaction.on_commit(lambda: edit(reminder, subject="Second"))

    reminders_changed.connect(edit_again)
    sync(now=timezone.now(), polls=False)
    run()

    assert only_task(salesforce)["Subject"] == fresh(reminder).subject == "Second"


def test_completing_on_one_side_goes_with_an_edit_on_the_other(sam, salesforce):
    reminder = remind(sam)
    run()
    salesforce.update(only_task(salesforce)["Id"], Status="Completed")
    edit_later(reminder, subject="Ours")
    run()

    assert fresh(reminder).state == State.COMPLETED
    task = only_task(salesforce)
    assert (task["Subject"], task["Status"]) == ("Ours", "Completed")


def test_a_task_deleted_before_an_edit_here_waits_for_a_decision(sam, salesforce):
    reminder = remind(sam)
    run()
    salesforce.delete(only_task(salesforce)["Id"])
    edit_later(reminder, subject="Still to be done")
    run()

    assert fresh(reminder).state == State.OPEN
    assert link_of(reminder).state == Link.CONFLICT
    assert in_trouble().get().reminder == reminder

    retry(in_trouble(), now=timezone.now())
    run()
    assert only_task(salesforce)["Subject"] == "Still to be done"
    assert not in_trouble().exists()


def test_what_waits_for_a_decision_is_in_the_diagnostics(sam, salesforce, admin_client):
    reminder = remind(sam)
    run()
    salesforce.delete(only_task(salesforce)["Id"])
    edit_later(reminder, subject="Still to be done")
    run()

    url = reverse("settings:diagnostics-failures")
    page = admin_client.get(url, {"source": "reminders"}).text

    assert "Reminder: Still to be done" in page
    assert reverse("reminder-sync:history", args=[reminder.pk]) in page


def test_what_is_ignored_goes_its_own_way_on_both_sides(sam, salesforce):
    reminder = remind(sam)
    run()
    salesforce.delete(only_task(salesforce)["Id"])
    edit_later(reminder, subject="Still to be done")
    run()

    edit(reminder, subject="Still to be done, really")
    run()
    assert link_of(reminder).is_parked

    assert ignore(in_trouble(), by="Ada", reason="Done by phone", now=timezone.now()) == 1
    edit(reminder, subject="Only here")
    run()

    assert not salesforce.live()
    assert not in_trouble().exists()
    assert link_of(reminder).state == Link.IGNORED
    assert link_of(reminder).reason == "Done by phone (Ada)"


def test_what_was_refused_and_ignored_stays_apart_from_its_task(sam, salesforce):
    reminder = remind(sam)
    run()
    task_id = only_task(salesforce)["Id"]
    salesforce.add_fault(
        "record", object="Task", times=0, code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="no"
    )
    edit(reminder, subject="Ours")
    run()
    ignore(in_trouble(), by="Ada", reason="Leave it", now=timezone.now())
    salesforce.clear_faults()

    salesforce.update(task_id, Description="Theirs")
    run()
    assert (fresh(reminder).notes, only_task(salesforce)["Subject"]) == ("", "Call Ann")

    salesforce.delete(task_id)
    run()
    assert fresh(reminder).state == State.OPEN
    assert link_of(reminder).state == Link.IGNORED


def test_a_flow_that_keeps_changing_it_back_is_stopped_and_reported(sam, salesforce):
    reminder = remind(sam, priority="HIGH")
    run()
    task_id = only_task(salesforce)["Id"]
    for _turn in range(4):
        salesforce.update(task_id, Priority="Normal")
        run()
        edit(reminder, priority="HIGH")
        run()

    link = link_of(reminder)
    assert (link.state, link.code, link.is_parked) == (Link.FROZEN, "OSCILLATION", True)
    assert ReminderEvent.objects.filter(field="priority").count() == 6

    retry(in_trouble(), now=timezone.now())
    run()
    run()
    assert link_of(reminder).state == Link.LINKED
    assert (fresh(reminder).priority == "HIGH") == (only_task(salesforce)["Priority"] == "High")


def test_a_task_given_to_another_seller_goes_to_their_reminders(sam, salesforce):
    sara = make_user(
        email="sara@example.com", salesforce_user_id=salesforce.users()["sara@example.com"]["Id"]
    )
    reminder = remind(sam)
    run()

    salesforce.update(only_task(salesforce)["Id"], OwnerId=sara.salesforce_user_id)
    run()
    assert fresh(reminder).owner == sara

    edit(reminder, owner=sam)
    run()
    assert only_task(salesforce)["OwnerId"] == sam.salesforce_user_id


def test_a_task_given_to_somebody_who_does_not_sync_is_let_go(sam, salesforce):
    reminder = remind(sam)
    run()
    task_id = only_task(salesforce)["Id"]
    admin_id = salesforce.users()["admin@example.com"]["Id"]

    salesforce.update(task_id, OwnerId=admin_id)
    edit(reminder, subject="Not theirs")
    run()
    assert link_of(reminder).state == Link.LEFT
    assert fresh(reminder).state == State.OPEN
    assert only_task(salesforce)["Subject"] == "Call Ann"

    salesforce.update(task_id, OwnerId=sam.salesforce_user_id, Subject="Back again")
    run()
    assert link_of(reminder).state == Link.LINKED
    assert fresh(reminder).subject == "Back again"


def test_a_clock_that_is_wrong_decides_nothing(sam, salesforce):
    reminder = remind(sam)
    run()
    with time_machine.travel(timezone.now() - timedelta(hours=1), tick=True):
        salesforce.update(only_task(salesforce)["Id"], Subject="Theirs")
        edit_later(reminder, subject="Ours")
        run()

    assert fresh(reminder).subject == "Ours"


def test_only_the_seller_and_admins_see_the_history(sam, client):
    reminder = remind(sam)
    client.force_login(make_user())

    response = client.get(reverse("reminder-sync:history", args=[reminder.pk]))

    assert response.status_code == 404
