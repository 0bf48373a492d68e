"""Unsubscribes and Salesforce in the settings."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from people.models import Unsubscribe
from people.unsubscribes import unsubscribe_many
from syncing.unsubscribe_sync.models import Push, RemoteOptOut, Run, UnsubscribeSync
from syncing.unsubscribe_sync.schedule import advance
from tests.factories import make_people
from tests.syncing.unsubscribe_sync.conftest import (
    OPT_OUT,
    is_opted_out,
    person_with,
    push_all,
    run_now,
    stop,
)

pytestmark = pytest.mark.django_db

PAGE = "settings:unsubscribes-salesforce"
CHOICE = {
    "mode": "NIGHTLY",
    "run_at": "20:00",
    "time_zone": "America/Los_Angeles",
    "sales_field": "",
}


def text(client, name=PAGE, *args):
    return client.get(reverse(name, args=args)).text


def test_it_is_off_at_first_and_the_night_is_pacific_time(admin_client):
    page = text(admin_client)

    assert "There is no main connection to Salesforce" in page
    assert 'value="20:00"' in page
    assert '<option value="America/Los_Angeles" selected>' in page


def test_a_choice_is_stored_and_audited(admin_client, admin):
    admin_client.post(reverse(PAGE), {**CHOICE, "run_at": "02:30", "time_zone": "Europe/Berlin"})

    sync = UnsubscribeSync.load()
    assert (sync.mode, str(sync.run_at), sync.time_zone) == ("NIGHTLY", "02:30:00", "Europe/Berlin")
    assert sync.on_since
    event = AuditEvent.objects.get(action="UNSUBSCRIBE_SYNC_CHANGED")
    assert event.actor == admin
    assert event.details["mode"] == ["OFF", "NIGHTLY"]


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("sales_field", "Opt Out", "The API name of a custom field ends in __c."),
        ("time_zone", "Mars/Olympus", "There is no time zone Mars/Olympus."),
        ("run_at", "25:00", "Enter a valid time."),
    ],
)
def test_nonsense_is_refused_with_the_reason(admin_client, field, value, complaint):
    page = admin_client.post(reverse(PAGE), {**CHOICE, field: value})

    assert complaint in page.text
    assert UnsubscribeSync.load().mode == "OFF"


def test_a_field_that_cannot_be_written_is_named(admin_client, main, salesforce):
    assert "Lead: the fields can be read and written." in text(
        admin_client, "settings:unsubscribes-health"
    )

    salesforce.set_access(f"Contact.{OPT_OUT}", "read")

    page = text(admin_client, "settings:unsubscribes-health")
    assert "Contact: Email Opt Out is not editable for the connected user" in page


def test_a_preview_is_a_report_of_its_own(admin_client, main, salesforce):
    ann, record_id = person_with(salesforce, **{OPT_OUT: True})

    admin_client.post(reverse("settings:unsubscribes-run-start"), {"kind": "PREVIEW"})
    run = advance(now=timezone.now())

    page = text(admin_client, "settings:unsubscribes-run", run.pk)
    assert "Nothing was changed on either side." in page
    assert "Unsubscribed here, for Salesforce says so" in page
    assert ann.name in page
    assert record_id in page


def test_every_minute_begins_after_a_preview(admin_client, main, salesforce):
    ann, _record_id = person_with(salesforce, **{OPT_OUT: True})
    every_minute = {**CHOICE, "mode": "CONTINUOUS"}

    page = admin_client.post(reverse(PAGE), every_minute, follow=True)
    assert "Look first at what the first full sync would do" in page.text
    assert UnsubscribeSync.load().mode == "OFF"

    preview = advance(now=timezone.now())
    page = text(admin_client, "settings:unsubscribes-run", preview.pk)
    assert ann.name in page
    assert 'name="mode" value="CONTINUOUS"' in page
    assert not Unsubscribe.objects.exists()

    admin_client.post(reverse(PAGE), every_minute)
    assert UnsubscribeSync.load().mode == "CONTINUOUS"
    assert [run.kind for run in Run.objects.all()] == ["PREVIEW"]
    assert "Switch it on" not in text(admin_client, "settings:unsubscribes-run", preview.pk)


def test_a_preview_counts_for_a_day_and_for_the_field_it_was_made_with(
    admin_client, main, salesforce
):
    every_minute = {**CHOICE, "mode": "CONTINUOUS"}
    run_now(Run.Kind.PREVIEW)

    admin_client.post(reverse(PAGE), {**every_minute, "sales_field": "Sales_Opt_Out__c"})
    sync = UnsubscribeSync.load()
    assert (sync.mode, sync.sales_field) == ("OFF", "Sales_Opt_Out__c")

    Run.objects.update(state="DONE", finished_at=timezone.now() - timedelta(days=2))
    admin_client.post(reverse(PAGE), {**every_minute, "sales_field": "Sales_Opt_Out__c"})
    assert UnsubscribeSync.load().mode == "OFF"


def test_every_minute_waits_for_a_connection(admin_client):
    page = admin_client.post(reverse(PAGE), {**CHOICE, "mode": "CONTINUOUS"})

    assert "Connect Salesforce first" in page.text
    assert UnsubscribeSync.load().mode == "OFF"


def test_a_sync_waits_for_the_switch(admin_client, main):
    page = admin_client.post(reverse("settings:unsubscribes-run-start"), follow=True)

    assert "The sync is off. Switch it on first." in page.text
    assert not Run.objects.exists()


def test_a_failed_sync_is_told_with_its_reason(admin_client, nightly, salesforce):
    salesforce.add_fault("http", path="*/query*", status=503)
    run_now()

    page = text(admin_client)

    assert "Needs attention" in page
    assert "failed: Salesforce is not available." in page

    run_now()
    assert "Needs attention" not in text(admin_client)


def test_asked_twice_it_runs_once(admin_client, nightly):
    for _ in range(2):
        admin_client.post(reverse("settings:unsubscribes-run-start"))

    assert Run.objects.count() == 1


def test_a_report_is_filtered_and_exported(admin_client, nightly, salesforce):
    person_with(salesforce, **{OPT_OUT: True})
    _, written = person_with(salesforce, "Contact")
    run = run_now()
    url = reverse("settings:unsubscribes-run", args=[run.pk])

    page = admin_client.get(url, {"kind": "WRITTEN", "after": "9" * 5_000}).text
    assert written in page
    assert "<td>Unsubscribed here, for Salesforce says so" not in page

    csv = admin_client.get(reverse("settings:unsubscribes-run-csv", args=[run.pk]))
    content = b"".join(csv.streaming_content).decode("utf-8-sig")
    assert content.splitlines()[0] == "What,Person,Email,Salesforce ID,Code,Reason"
    assert len(content.splitlines()) == 3 + 1
    assert AuditEvent.objects.filter(action="UNSUBSCRIBE_REPORT_EXPORTED").exists()


def test_what_was_cleared_there_can_be_taken_back_from_the_page(
    admin_client,
    nightly,
    salesforce,
):
    ann, record_id = person_with(salesforce)
    stop(ann)
    push_all()
    run_now()
    salesforce.update(record_id, **{OPT_OUT: False})
    run_now(Run.Kind.CHANGES)

    page = text(admin_client)

    assert "Cleared in Salesforce, still unsubscribed here" in page
    assert reverse("people:resubscribe", args=[ann.pk]) in page


def test_many_that_were_cleared_there_take_no_more_queries_than_one(
    admin_client, nightly, django_assert_max_num_queries
):
    now = timezone.now()
    people = make_people(20)
    unsubscribe_many(people=people, source=Unsubscribe.Source.MANUAL, now=now)
    for number, person in enumerate(people):
        record_id = f"00Q0000000000{number:02}AAA"
        RemoteOptOut.objects.create(
            record_id=record_id, email=person.email.lower(), seen_at=now, cleared_at=now
        )

    with django_assert_max_num_queries(25):
        page = text(admin_client)

    assert page.count(">Remove unsubscribe<") == len(people)


def test_a_refused_unsubscribe_is_in_the_diagnostics_and_sent_again(
    admin_client,
    main,
    salesforce,
):
    ann, record_id = person_with(salesforce)
    salesforce.add_fault("record", object="Lead", code="FIELD_CUSTOM_VALIDATION_EXCEPTION")
    stop(ann)
    push_all()

    assert "Unsubscribes" in text(admin_client, "settings:diagnostics")
    assert "See why in Diagnostics" in text(admin_client)

    page = admin_client.post(reverse("settings:unsubscribes-retry"), follow=True)
    push_all()

    assert "1 unsubscribe is sent again." in page.text
    assert Push.objects.get().state == "DONE"
    assert is_opted_out(salesforce, record_id)
