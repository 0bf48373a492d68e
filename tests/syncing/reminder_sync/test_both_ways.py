from datetime import timedelta

from django.utils import timezone

from activities.reminders import services
from activities.reminders.models import Reminder
from syncing.reminder_sync.models import ReminderLink, SyncedUser
from tests.factories import make_person
from tests.syncing.reminder_sync.conftest import (
    TOMORROW,
    edit,
    fresh,
    link_of,
    remind,
    run,
    send_at_once,
)

State = Reminder.State
Link = ReminderLink.State


def only_task(salesforce):
    (task,) = salesforce.live()
    return task


def test_a_new_reminder_becomes_a_task_of_its_assignee(sam, salesforce):
    lead = next(iter(salesforce.records("Lead").values()))
    person = make_person(salesforce_lead_id=lead["Id"], salesforce_contact_id="")
    remind(sam, "Call Ann", notes="About the offer", priority="HIGH", person=person)

    cycle = run()

    task = only_task(salesforce)
    assert cycle.tally["created_there"] == 1
    assert task["Subject"] == "Call Ann"
    assert task["Description"] == "About the offer"
    assert (task["Status"], task["Priority"]) == ("Not Started", "High")
    assert task["ActivityDate"] == TOMORROW.date().isoformat()
    assert (task["OwnerId"], task["WhoId"]) == (sam.salesforce_user_id, lead["Id"])
    assert task["IsReminderSet"]


def test_a_cycle_after_which_nothing_changed_writes_nothing(sam, salesforce):
    reminder = remind(sam)
    run()
    before = salesforce.records()

    cycle = run()

    assert salesforce.records() == before
    assert not link_of(reminder).is_dirty
    assert {name for name, count in cycle.tally.items() if count} == {"calls"}


def test_every_edit_here_shows_there(sam, salesforce):
    reminder = remind(sam, priority="HIGH")
    run()

    edit(reminder, subject="Write Ann", notes="Soon", priority="NORMAL")
    edit(reminder, due_at=TOMORROW + timedelta(days=2))
    run()

    task = only_task(salesforce)
    assert (task["Subject"], task["Description"], task["Priority"]) == (
        "Write Ann",
        "Soon",
        "Normal",
    )
    assert task["ActivityDate"] == (TOMORROW + timedelta(days=2)).date().isoformat()

    services.complete_reminder(reminder=reminder, now=timezone.now())
    run()
    assert only_task(salesforce)["Status"] == "Completed"

    services.reopen_reminder(reminder=reminder, now=timezone.now())
    run()
    assert only_task(salesforce)["Status"] == "Not Started"


def test_every_edit_there_shows_here_with_the_time_of_day_kept(sam, salesforce):
    reminder = remind(sam)
    run()
    task = only_task(salesforce)
    later = TOMORROW + timedelta(days=3)

    salesforce.update(
        task["Id"],
        Subject="Visit Ann",
        Description="One\r\ntwo",
        Priority="High",
        ActivityDate=later.date().isoformat(),
    )
    run()

    now = fresh(reminder)
    assert (now.subject, now.notes, now.priority) == ("Visit Ann", "One\ntwo", "HIGH")
    assert now.due_at == later
    assert not link_of(reminder).is_dirty

    salesforce.update(task["Id"], Status="Completed")
    run()
    assert fresh(reminder).state == State.COMPLETED

    salesforce.update(task["Id"], Status="Not Started")
    run()
    assert fresh(reminder).state == State.OPEN


def test_different_fields_edited_on_both_sides_are_all_kept(sam, salesforce):
    reminder = remind(sam)
    run()
    task = only_task(salesforce)

    salesforce.update(task["Id"], Description="From there")
    edit(reminder, subject="From here")
    services.complete_reminder(reminder=reminder, now=timezone.now())
    run()

    assert fresh(reminder).notes == "From there"
    assert fresh(reminder).state == State.COMPLETED
    task = only_task(salesforce)
    assert (task["Subject"], task["Status"]) == ("From here", "Completed")


def test_statuses_and_priorities_that_are_unknown_here_stay_there(sam, salesforce):
    reminder = remind(sam)
    run()
    task = only_task(salesforce)

    salesforce.update(task["Id"], Status="In Progress", Priority="Low")
    edit(reminder, subject="Call Bo")
    run()

    assert fresh(reminder).state == State.OPEN
    task = only_task(salesforce)
    assert (task["Subject"], task["Status"], task["Priority"]) == ("Call Bo", "In Progress", "Low")


def test_a_task_without_a_day_leaves_the_reminders(sam, salesforce):
    reminder = remind(sam)
    run()

    salesforce.update(only_task(salesforce)["Id"], ActivityDate=None, Subject=None)
    run()
    run()

    assert (fresh(reminder).due_at, fresh(reminder).subject) == (TOMORROW, "Call Ann")
    assert only_task(salesforce)["ActivityDate"] is None


def test_what_is_too_long_for_salesforce_is_cut_there_and_whole_here(sam, salesforce):
    reminder = remind(sam, notes="long " * 7_000)
    run()
    run()

    assert len(only_task(salesforce)["Description"]) <= 32_000
    assert len(fresh(reminder).notes) == 35_000
    assert not link_of(reminder).is_dirty


def test_a_deleted_task_deletes_the_reminder_and_undeleting_brings_both_back(sam, salesforce):
    reminder = remind(sam)
    run()
    task = only_task(salesforce)

    salesforce.delete(task["Id"])
    run()
    assert fresh(reminder).state == State.DELETED
    assert link_of(reminder).state == Link.DELETED_THERE

    salesforce.undelete(task["Id"])
    run()
    assert fresh(reminder).state == State.OPEN
    assert only_task(salesforce)["Id"] == task["Id"]


def test_what_was_completed_stays_so_when_its_task_is_deleted(sam, salesforce):
    reminder = remind(sam)
    services.complete_reminder(reminder=reminder, now=timezone.now())
    closed_at = fresh(reminder).closed_at
    run()
    task_id = only_task(salesforce)["Id"]

    salesforce.delete(task_id)
    run()
    edit(reminder, notes="Went well")
    run()
    assert fresh(reminder).state == State.COMPLETED
    assert (link_of(reminder).state, link_of(reminder).is_dirty) == (Link.DELETED_THERE, False)
    assert not salesforce.live()

    salesforce.undelete(task_id)
    run()
    assert (fresh(reminder).state, fresh(reminder).closed_at) == (State.COMPLETED, closed_at)
    assert link_of(reminder).state == Link.LINKED


def test_what_is_brought_back_after_its_task_was_deleted_has_another(sam, salesforce):
    reminder = remind(sam)
    services.complete_reminder(reminder=reminder, now=timezone.now())
    run()
    salesforce.delete(only_task(salesforce)["Id"])
    run()

    services.reopen_reminder(reminder=reminder, now=timezone.now())
    run()

    assert not only_task(salesforce)["IsClosed"]


def test_a_task_that_is_gone_for_good_deletes_the_reminder(sam, salesforce):
    reminder = remind(sam)
    run()

    salesforce.delete(only_task(salesforce)["Id"])
    salesforce.empty_recycle_bin()
    SyncedUser.objects.update(replicated_until=timezone.now() - timedelta(minutes=6))
    run(seconds=2)

    assert fresh(reminder).state == State.DELETED


def test_a_deleted_reminder_deletes_the_task_when_it_cannot_be_undone_any_more(sam, salesforce):
    reminder = remind(sam)
    run()

    services.delete_reminder(reminder=reminder, now=timezone.now())
    run()
    assert salesforce.live()

    send_at_once()
    run()
    assert not salesforce.live()
    assert link_of(reminder).state == Link.DELETED_HERE
    run()
    assert fresh(reminder).state == State.DELETED


def test_a_reminder_that_comes_back_late_has_a_new_task(sam, salesforce):
    reminder = remind(sam)
    run()
    services.delete_reminder(reminder=reminder, now=timezone.now())
    send_at_once()
    run()

    services.reopen_reminder(reminder=reminder, now=timezone.now())
    run()

    assert only_task(salesforce)["Subject"] == "Call Ann"
    assert link_of(reminder).state == Link.LINKED
