"""What goes wrong between both sides, and that nothing is lost or made twice by it."""

from contextlib import closing

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from activities.reminders import services
from activities.reminders.models import Reminder
from syncing.reminder_sync.engine import ENGINE_LOCK, sync
from syncing.reminder_sync.models import ReminderLink, ReminderSync
from syncing.reminder_sync.services import in_trouble, retry
from tests.factories import make_person
from tests.syncing.reminder_sync.conftest import (
    edit,
    fresh,
    link_of,
    remind,
    run,
    send_at_once,
)

TASKS = "/services/data/*/composite/sobjects*"
ONE_TASK = "/services/data/*/sobjects/Task/*"


def only_task(salesforce):
    (task,) = salesforce.live()
    return task


def settle(salesforce, later):
    """All is well again, and enough time passes for whatever waits."""
    salesforce.clear_faults()
    salesforce.commit_late()
    with later(minutes=20):
        for _cycle in range(3):
            send_at_once()
            run()


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "http", "status": 503},
        {"kind": "error", "status": 500, "code": "UNKNOWN_EXCEPTION"},
    ],
)
def test_a_create_without_an_answer_makes_one_task(sam, salesforce, later, fault, committed):
    salesforce.add_fault(**fault, path=TASKS, method="PATCH", committed=committed)
    reminder = remind(sam)
    run()

    settle(salesforce, later)

    assert only_task(salesforce)["Subject"] == "Call Ann"
    assert link_of(reminder).state == "LINKED"


def test_a_create_that_is_made_late_makes_one_task(sam, salesforce, later):
    salesforce.add_fault("late_commit", path=TASKS, method="PATCH")
    reminder = remind(sam)
    run()
    send_at_once()
    run()

    settle(salesforce, later)

    assert only_task(salesforce)["Id"] == link_of(reminder).task_id


def test_a_task_deleted_before_anybody_knew_of_it_is_not_made_again(sam, salesforce, later):
    salesforce.add_fault("reset", path=TASKS, method="PATCH", committed=True)
    reminder = remind(sam)
    run()
    salesforce.delete(only_task(salesforce)["Id"])

    settle(salesforce, later)

    assert not salesforce.live()
    assert fresh(reminder).state == Reminder.State.DELETED


@pytest.mark.parametrize("has_marker", [True, False])
def test_without_our_field_one_task_is_made_all_the_same(sam, salesforce, later, has_marker):
    salesforce.set_access("Task.Actions_Activity_Id__c", "none")
    if not has_marker:
        salesforce.set_access("Task.CallObject", "none")
    cache.clear()
    salesforce.add_fault("reset", path=TASKS, method="POST", committed=True, skip=0)
    reminder = remind(sam)
    run()
    send_at_once()
    run()

    settle(salesforce, later)

    assert only_task(salesforce)["Id"] == link_of(reminder).task_id
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("committed", [True, False])
def test_an_edit_without_an_answer_is_made(sam, salesforce, later, committed):
    reminder = remind(sam)
    run()
    salesforce.add_fault("reset", path=ONE_TASK, method="PATCH", committed=committed)
    edit(reminder, subject="Call Bo")
    run()

    settle(salesforce, later)

    assert only_task(salesforce)["Subject"] == fresh(reminder).subject == "Call Bo"


@pytest.mark.parametrize("committed", [True, False])
def test_a_deletion_without_an_answer_is_made(sam, salesforce, later, committed):
    reminder = remind(sam)
    run()
    salesforce.add_fault("reset", path=TASKS, method="DELETE", committed=committed)
    services.delete_reminder(reminder=reminder, now=timezone.now())
    send_at_once()
    run()

    settle(salesforce, later)

    assert not salesforce.live()
    assert link_of(reminder).state == "DELETED_HERE"


def test_a_row_that_is_locked_is_sent_again_and_holds_up_no_other(sam, salesforce, later):
    salesforce.add_fault("record", object="Task", code="UNABLE_TO_LOCK_ROW", message="locked")
    remind(sam, "First")
    remind(sam, "Second")
    run()
    assert only_task(salesforce)["Subject"] == "Second"

    settle(salesforce, later)

    assert {task["Subject"] for task in salesforce.live()} == {"First", "Second"}


def test_what_a_validation_rule_refuses_waits_for_a_person(sam, salesforce):
    salesforce.add_fault(
        "record",
        object="Task",
        times=0,
        field="Subject",
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message="Say why",
    )
    remind(sam)
    run()
    run()

    link = in_trouble().get()
    assert (link.is_parked, link.code) == (True, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert link.reason == "Say why"

    salesforce.clear_faults()
    assert retry(in_trouble(), now=timezone.now()) == 1
    run()
    assert only_task(salesforce)["Subject"] == "Call Ann"
    assert not in_trouble().exists()


def test_what_is_refused_is_marked_in_the_sellers_lists(sam, salesforce, client):
    salesforce.add_fault(
        "record",
        object="Task",
        field="Subject",
        code="FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message="Say why",
    )
    person = make_person(salesforce_contact_id="", salesforce_lead_id="")
    refused = remind(sam, "Refused", person=person)
    run()
    remind(sam, "Sent", person=person)
    run()
    client.force_login(sam)
    pages = ["reminders:list"], ["reminders:about", person.pk]
    for name, *arguments in pages:
        page = client.get(reverse(name, args=arguments)).text
        _before, _found, after = page.partition("Refused</a>")
        row, _end, rest = after.partition("</li>")
        assert "Not in step with Salesforce" in row
        assert "Not in step with Salesforce" not in rest
        assert "Sent</a>" in rest

    card = client.get(reverse("reminder-sync:history", args=[refused.pk])).text
    assert "Say why" in card
    assert "An admin can try again" in card


def test_a_session_that_is_over_is_renewed_on_the_way(sam, salesforce):
    remind(sam)
    salesforce.expire_sessions()

    run()

    assert only_task(salesforce)["Subject"] == "Call Ann"


def test_what_holds_the_sync_up_is_said_and_nothing_is_lost(sam, salesforce, later):
    reminder = remind(sam)
    salesforce.change_settings(maintenance=True)
    cycle = run()
    assert cycle.troubles
    assert ReminderSync.load().trouble

    salesforce.change_settings(maintenance=False)
    settle(salesforce, later)

    assert link_of(reminder).state == "LINKED"
    assert ReminderSync.load().trouble == ""


def test_a_reminder_about_a_converted_lead_goes_to_the_contact(sam, salesforce):
    lead = next(row for row in salesforce.live("Lead") if not row["IsConverted"])
    person = make_person(salesforce_lead_id=lead["Id"], salesforce_contact_id="")
    contact_id = salesforce.convert(lead["Id"])

    reminder = remind(sam, person=person)
    run()
    run()

    assert only_task(salesforce)["WhoId"] == contact_id
    assert fresh(reminder).person == person


def test_a_reminder_about_somebody_who_is_gone_has_a_task_without_them(sam, salesforce):
    person = make_person(salesforce_contact_id="003000000000009AAA")

    reminder = remind(sam, person=person)
    run()
    run()

    assert only_task(salesforce)["WhoId"] is None
    assert fresh(reminder).person == person


def test_a_conversion_there_leaves_whom_it_is_about(sam, salesforce):
    lead = next(row for row in salesforce.live("Lead") if not row["IsConverted"])
    person = make_person(salesforce_lead_id=lead["Id"], salesforce_contact_id="")
    reminder = remind(sam, person=person)
    run()

    contact_id = salesforce.convert(lead["Id"])
    edit(reminder, subject="Call the contact")
    run()

    assert fresh(reminder).person == person
    assert link_of(reminder).who_id == contact_id


def test_an_undelete_that_leaves_no_stamp_is_found_at_night(sam, salesforce, later):
    salesforce.change_settings(undelete_modifies=False)
    reminder = remind(sam)
    run()
    task_id = only_task(salesforce)["Id"]
    salesforce.delete(task_id)
    run()
    salesforce.undelete(task_id)

    with later(hours=25):
        run()

    assert fresh(reminder).state == Reminder.State.OPEN
    assert ReminderLink.objects.get().state == "LINKED"


def test_a_field_that_is_hidden_meanwhile_is_done_without(sam, salesforce):
    remind(sam)
    salesforce.set_access("Task.Description", "none")
    assert run().troubles

    assert not run().troubles
    assert only_task(salesforce)["Subject"] == "Call Ann"


def test_while_one_worker_is_at_it_another_leaves_it_alone(sam, salesforce):
    remind(sam)
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ENGINE_LOCK])
        assert sync(now=timezone.now(), polls=True) is None

    assert not salesforce.live()
