from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from activities.reminders.models import Reminder
from activities.reminders.services import skip_reminder
from admin_config.models import AuditEvent
from syncing.reminder_sync.models import ReminderLink, ReminderSync
from syncing.reminder_sync.services import begin, preview_import, stop_for_all
from syncing.salesforce_settings.models import SalesforceSettings, UserSalesforceSettings
from tests.factories import make_person
from tests.syncing.reminder_sync.conftest import edit, fresh, link_of, remind, run, switch_on


@pytest.fixture
def ready(seller, main, salesforce):
    """A seller whose reminders could be synced."""
    seller.salesforce_user_id = salesforce.users()[seller.email]["Id"]
    seller.time_zone = "America/New_York"
    seller.save()
    return seller


def add_task(salesforce, user, subject="Ring Bo", **values):
    return salesforce.create("Task", Subject=subject, OwnerId=user.salesforce_user_id, **values)


def test_nothing_is_synced_until_an_admin_says_so(ready, salesforce):
    remind(ready)
    add_task(salesforce, ready)

    run()

    assert Reminder.objects.count() == len(salesforce.live()) == 1
    assert not ReminderLink.objects.exists()


def test_open_tasks_come_in_and_old_reminders_stay_here(ready, salesforce):
    old = remind(ready, "From before")
    lead = next(iter(salesforce.records("Lead").values()))
    person = make_person(salesforce_lead_id=lead["Id"][:15], salesforce_contact_id="")
    add_task(salesforce, ready, WhoId=lead["Id"], ActivityDate="2031-05-06", Priority="High")
    add_task(salesforce, ready, "Done", Status="Completed")
    add_task(salesforce, ready, "A call", TaskSubtype="Call")
    salesforce.create("Task", Subject="Somebody else's")

    switch_on()

    (came,) = Reminder.objects.exclude(pk=old.pk)
    assert (came.subject, came.person, came.priority) == ("Ring Bo", person, "HIGH")
    # Nine in the morning of the seller.
    assert came.due_at == datetime(2031, 5, 6, 13, tzinfo=UTC)
    assert len(salesforce.live()) == 4

    edit(old, subject="Still from before")
    run()
    assert len(salesforce.live()) == 4


@pytest.mark.parametrize(("window", "count"), [("DAY", 0), ("WEEK", 1), ("ALL", 1)])
def test_how_far_back_tasks_come_in_is_a_choice(ready, salesforce, later, window, count):
    add_task(salesforce, ready)
    with later(days=3):
        ReminderSync.store(window=ReminderSync.Window[window])
        assert preview_import(window=ReminderSync.Window[window], now=timezone.now()).total == count
        switch_on()

    assert Reminder.objects.count() == count


def test_the_preview_tells_what_would_come_and_changes_nothing(ready, salesforce, admin_client):
    add_task(salesforce, ready)
    url = reverse("settings:salesforce-reminders-preview")

    page = admin_client.get(url, {"window": "24"}).text

    assert "1 open task would come in." in page
    assert "Ring Bo" in page
    assert not Reminder.objects.exists()


def test_the_preview_counts_what_would_really_be_made(ready, salesforce, admin_client, later):
    add_task(salesforce, ready, "Linked")
    switch_on()
    remind(ready, "Linked from here")
    run()
    admin_client.post(reverse("settings:salesforce-reminders-end"))
    run()
    with later(hours=30):
        add_task(salesforce, ready, "New")
    with later(hours=60):
        found = preview_import(window=ReminderSync.Window.DAY, now=timezone.now())
        assert found.counts == ((ready, 1),)
        assert [task["Subject"] for task in found.sample] == ["New"]

        before = Reminder.objects.count()
        switch_on()

    assert Reminder.objects.count() == before + 1


def test_who_begins_again_has_tasks_from_as_far_back_as_was_chosen(ready, salesforce, later):
    add_task(salesforce, ready)
    with later(days=3):
        switch_on()
        assert not Reminder.objects.exists()
        stop_for_all(by=None, now=timezone.now())
        run()

        found = preview_import(window=ReminderSync.Window.WEEK, now=timezone.now())
        begin(window=ReminderSync.Window.WEEK, sends_existing=False, by=None, now=timezone.now())
        run()

    assert Reminder.objects.count() == found.total == 1


def test_stopping_asks_first_and_says_whom_it_touches(ready, salesforce, admin_client):
    switch_on()
    remind(ready)
    run()
    url = reverse("settings:salesforce-reminders-end")
    page = admin_client.get(reverse("settings:salesforce-reminders")).text
    assert f'href="{url}"' in page
    assert f'action="{url}"' not in page

    question = admin_client.get(url).text

    assert "Stop syncing reminders?" in question
    assert "1 user" in question
    assert SalesforceSettings.load().sync_reminders


def test_an_admin_begins_and_sends_what_exists(ready, salesforce, admin_client, admin):
    old = remind(ready, "From before")
    page = admin_client.get(reverse("settings:salesforce-reminders")).text
    assert "1 open reminder would be sent." in page

    admin_client.post(
        reverse("settings:salesforce-reminders-begin"), {"window": "168", "sends_existing": "on"}
    )
    run()

    assert [task["Subject"] for task in salesforce.live()] == ["From before"]
    assert link_of(old).state == "LINKED"
    assert ReminderSync.load().window == 168
    assert AuditEvent.objects.get().details == {"sync_reminders": [False, True]}
    page = admin_client.get(reverse("settings:salesforce-reminders")).text
    assert "Last looked at Salesforce" in page


def test_what_exists_can_be_sent_later(ready, salesforce, admin_client):
    remind(ready, "From before")
    switch_on()
    assert not salesforce.live()

    admin_client.post(reverse("settings:salesforce-reminders-existing"))
    run()

    assert [task["Subject"] for task in salesforce.live()] == ["From before"]


def test_stopping_deletes_nothing_and_going_on_catches_up(ready, salesforce, admin_client):
    switch_on()
    reminder, deleted = remind(ready, "Kept"), remind(ready, "Deleted there")
    run()
    tasks = {task["Subject"]: task["Id"] for task in salesforce.live()}

    admin_client.post(reverse("settings:salesforce-reminders-end"))
    salesforce.update(tasks["Kept"], Description="From there")
    salesforce.delete(tasks["Deleted there"])
    edit(reminder, subject="Edited here")
    run()
    assert fresh(reminder).notes == ""
    assert salesforce.record(tasks["Kept"])["Subject"] == "Kept"

    switch_on()
    assert fresh(reminder).notes == "From there"
    assert salesforce.record(tasks["Kept"])["Subject"] == "Edited here"
    assert fresh(deleted).state == Reminder.State.DELETED


def test_a_user_may_opt_out_unless_it_is_the_same_for_everybody(ready, salesforce):
    UserSalesforceSettings.objects.create(user=ready, sync_reminders=False)
    switch_on()
    remind(ready)
    run()
    assert not salesforce.live()

    SalesforceSettings.objects.update(is_enforced=True)
    run()
    remind(ready, "From now on")
    run()
    assert [task["Subject"] for task in salesforce.live()] == ["From now on"]


def test_the_command_tells_what_it_did(ready, salesforce, capsys):
    switch_on()
    remind(ready)

    call_command("sync_reminders", "--json")

    told = capsys.readouterr().out
    assert '"created_there": 1' in told
    assert '"linked": 1' in told


@pytest.mark.parametrize(
    ("choice", "status"), [("COMPLETE", "Completed"), ("LEAVE", "Not Started"), ("DELETE", None)]
)
def test_what_skipping_means_there_is_a_setting(ready, salesforce, choice, status):
    switch_on(skipped_reminder=choice)
    reminder = remind(ready)
    run()

    skip_reminder(reminder=reminder, now=timezone.now() - timedelta(seconds=20))
    run()
    run()

    assert [task["Status"] for task in salesforce.live()] == ([status] if status else [])
    assert fresh(reminder).state == Reminder.State.SKIPPED


def test_a_task_for_today_is_not_overdue_when_it_comes(ready, salesforce):
    now = timezone.now()
    # Where it is early in the afternoon.
    ready.time_zone = f"Etc/GMT{now.astimezone(UTC).hour - 13:+d}"
    ready.save()
    add_task(salesforce, ready, ActivityDate=None)

    switch_on()

    assert Reminder.objects.get().due_at > now
