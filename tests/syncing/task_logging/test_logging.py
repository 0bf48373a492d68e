"""What sellers do becomes tasks in Salesforce, once each."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from activities.destinations import reports_of
from syncing.salesforce_settings.fields import EVENT_AT, KEY
from syncing.salesforce_settings.models import UserSalesforceSettings
from syncing.salesforce_settings.services import settings_for
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.services import count_unsent_past, send_past
from syncing.task_logging.sweep import sweep
from tests.factories import make_person
from tests.syncing.delivery.driving import CALL
from tests.syncing.salesforce_connections.conftest import connect_user
from tests.syncing.task_logging.driving import (
    UPSERT,
    assert_each_is_there_once,
    change,
    log_all,
    numbers,
    record,
    record_mixed,
    refreshed,
)

pytestmark = pytest.mark.django_db


def test_nothing_is_logged_before_an_admin_says_so(main, salesforce, seller):
    delivery = record(make_person(), seller)
    assert (delivery.state, delivery.code) == ("CANCELLED", "OFF")
    sweep(now=timezone.now())
    assert not salesforce.records()


def test_a_sent_email_is_a_completed_task_of_the_seller_on_the_contact(salesforce, seller, contact):
    delivery = record(contact, seller, subject="Our talk")
    log_all()
    (task,) = salesforce.live()
    assert task["Subject"] == "Our talk"
    assert (task["Status"], task["Priority"], task["TaskSubtype"]) == (
        "Completed",
        "Normal",
        "Email",
    )
    assert (task["WhoId"], task["OwnerId"]) == (
        contact.salesforce_contact_id,
        seller.salesforce_user_id,
    )
    assert task["MSE_Template__c"] == "Intro"
    assert task[EVENT_AT.name]
    logged = LoggedTask.objects.get()
    assert task[KEY.name] == str(logged.key)
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.remote_id) == ("DELIVERED", task["Id"])


def test_a_reply_and_a_call_are_tasks_of_their_own(salesforce, seller, contact):
    salesforce.set_picklist("Task.Type", ["Call", "Email", "Reply"])
    record(contact, seller, "EMAIL_REPLIED", subject="Our talk")
    record(contact, seller, "CALL_RECEIVED", subject="Interested")
    log_all()
    tasks = {task["Type"]: task for task in salesforce.live()}
    assert tasks["Reply"]["Subject"] == "Reply: Our talk"
    assert tasks["Call"]["Subject"] == "Interested"
    assert tasks["Call"]["CallDurationInSeconds"] == 90
    assert tasks["Call"]["mktosales_call_outcome__c"] == "Interested"


def test_an_email_to_a_lead_is_on_the_lead(salesforce, seller, lead):
    change(logs_to_account=True, logs_to_opportunities=True)
    record(lead, seller)
    log_all()
    (task,) = salesforce.live()
    assert task["WhoId"] == lead.salesforce_lead_id
    assert task["WhatId"] is None


def test_many_go_in_one_call(salesforce, seller, people):
    record_mixed(people, seller, 190)
    sweep(now=timezone.now())
    assert_each_is_there_once(salesforce)
    assert salesforce.calls()[UPSERT] == 1


def test_opens_and_clicks_update_the_task_of_the_email_once(salesforce, seller, contact):
    record(contact, seller, about_id=71)
    log_all()
    for kind in ("EMAIL_OPENED", "EMAIL_OPENED", "EMAIL_CLICKED", "EMAIL_BOUNCED"):
        record(contact, seller, kind, about_id=71)
    before = salesforce.api_usage()
    log_all()
    assert salesforce.api_usage() == before + 1
    (task,) = salesforce.live()
    assert task["MSE_Viewed__c"] is True
    assert task["MSE_Clicked__c"] is True
    assert task["MSE_Email_Status__c"] == "bounced"
    record(contact, seller, "EMAIL_OPENED", about_id=71)
    log_all()
    assert salesforce.api_usage() == before + 1
    assert numbers() == (6, 6, 0, 0, 0)


def test_an_open_of_an_email_that_is_not_logged_is_not_logged(salesforce, seller, contact):
    change(email_logging="OFF")
    record(contact, seller, about_id=71)
    change(email_logging="API")
    opened = record(contact, seller, "EMAIL_OPENED", about_id=71)
    log_all()
    assert (refreshed(opened).state, refreshed(opened).code) == ("CANCELLED", "EMAIL_NOT_LOGGED")


def test_an_open_that_came_first_waits_for_its_email(salesforce, seller, contact):
    opened = record(contact, seller, "EMAIL_OPENED", about_id=71)
    sweep(now=timezone.now() + timedelta(minutes=6))
    assert (refreshed(opened).state, refreshed(opened).code) == ("PENDING", "WAITS_FOR_EMAIL")
    record(contact, seller, about_id=71)
    log_all()
    (task,) = salesforce.live()
    assert task["MSE_Viewed__c"] is True
    assert refreshed(opened).remote_id == task["Id"]


def test_a_reply_is_marked_on_the_email_too(salesforce, seller, contact):
    record(contact, seller, about_id=71)
    record(contact, seller, "EMAIL_REPLIED", about_id=71)
    log_all()
    email = next(one for one in salesforce.live() if not one["Subject"].startswith("Reply"))
    assert email["MSE_Replied__c"] is True


def test_a_reply_that_is_not_logged_is_marked_on_the_email(salesforce, seller, contact):
    change(log_replies=False)
    record(contact, seller, about_id=71)
    reply = record(contact, seller, "EMAIL_REPLIED", about_id=71)
    log_all()
    (task,) = salesforce.live()
    assert task["MSE_Replied__c"] is True
    assert refreshed(reply).remote_id == task["Id"]


def test_the_first_open_and_click_are_tasks_of_their_own_where_that_is_wanted(
    salesforce, seller, contact
):
    change(engagement="OWN_TASK")
    record(contact, seller, about_id=71, subject="Pumps")
    for kind in ("EMAIL_OPENED", "EMAIL_OPENED", "EMAIL_CLICKED", "EMAIL_CLICKED"):
        record(contact, seller, kind, about_id=71, subject="Pumps")
    log_all()
    assert sorted(task["Subject"] for task in salesforce.live()) == [
        "Clicked: Pumps",
        "Opened: Pumps",
        "Pumps",
    ]
    assert numbers() == (5, 5, 0, 0, 0)


def test_opens_are_not_logged_where_that_is_off(salesforce, seller, contact):
    change(engagement="OFF")
    record(contact, seller, about_id=71)
    opened = record(contact, seller, "EMAIL_OPENED", about_id=71)
    log_all()
    assert opened.state == "CANCELLED"
    (task,) = salesforce.live()
    assert task["MSE_Viewed__c"] is False


def test_a_seller_may_choose_otherwise(salesforce, seller, other_seller, contact):
    UserSalesforceSettings.objects.create(user=other_seller, email_logging="OFF")
    record(contact, seller)
    theirs = record(contact, other_seller)
    assert theirs.code == "OFF"
    change(is_enforced=True)
    assert record(contact, other_seller).state == "PENDING"
    log_all()
    assert len(salesforce.live()) == 2


def test_the_past_is_logged_when_somebody_says_so(salesforce, main, seller, contact):
    change(email_logging="OFF", log_calls=False)
    for kind in ("EMAIL_SENT", "CALL_RECEIVED", "CAMPAIGN_ADDED"):
        record(contact, seller, kind)
    log_all()
    assert count_unsent_past() == 0
    change(log_calls=True)
    log_all()
    assert (count_unsent_past(), numbers()) == (1, (3, 0, 0, 0, 3))
    assert send_past(now=timezone.now()) == 1
    log_all()
    assert len(salesforce.live()) == 1


def test_settings_say_the_same_in_sql_as_for_a_user(main, seller, contact):
    """What is recorded waits for Salesforce just where the user's settings say so."""
    own = UserSalesforceSettings.objects.create(user=seller)
    for emails, replies, engagement in itertools.product(
        ("OFF", "API", "BCC"), (True, False), ("OFF", "UPDATE")
    ):
        change(email_logging="OFF", log_replies=not replies, engagement=engagement)
        own.email_logging, own.log_replies = emails, replies
        own.save()
        choice = settings_for(seller)
        marks = choice.logs_emails and engagement != "OFF"
        expected = {
            "EMAIL_SENT": choice.logs_emails,
            "EMAIL_REPLIED": choice.logs_emails and (choice.log_replies or marks),
            "EMAIL_OPENED": marks,
            "CALL_RECEIVED": choice.log_calls,
            "CAMPAIGN_ADDED": False,
        }
        found = {kind: record(contact, seller, kind).state == "PENDING" for kind in expected}
        assert found == expected


def test_texts_are_cut_to_what_the_org_takes(salesforce, seller, contact):
    change(subject_template="{{activity_type}}: {{activity_subject}}")
    details = replace(CALL, outcome="x" * 60, recording_url="https://example.com/" + "y" * 250)
    record(contact, seller, subject="w" * 400)
    record(contact, seller, "CALL_RECEIVED", details=details)
    log_all()
    email, call = sorted(salesforce.live(), key=lambda task: task["TaskSubtype"], reverse=True)
    assert email["Subject"].startswith("Email: www")
    assert len(email["Subject"]) == 255
    assert call["mktosales_call_outcome__c"] == "x" * 49 + "…"
    assert call["MSE_Call_Recording__c"] is None


def test_the_day_is_that_of_the_seller(salesforce, seller, contact):
    seller.time_zone = "Asia/Tokyo"
    seller.save()
    record(contact, seller, occurred_at=datetime(2026, 11, 20, 20, tzinfo=UTC))
    log_all()
    (task,) = salesforce.live()
    assert task["ActivityDate"] == "2026-11-21"


def test_an_org_that_renamed_its_statuses_gets_one_that_is_closed(salesforce, seller, contact):
    salesforce.set_picklist(
        "Task.Status", [{"value": "New", "is_default": True}, {"value": "Done", "is_closed": True}]
    )
    record(contact, seller)
    log_all()
    (task,) = salesforce.live()
    assert (task["Status"], task["IsClosed"]) == ("Done", True)


def test_a_seller_writes_over_the_own_connection(salesforce, main, people, seller, contact):
    connect_user(salesforce, seller)
    record(contact, seller)
    log_all()
    (task,) = salesforce.live()
    assert task["CreatedById"] == seller.salesforce_user_id


def test_the_timeline_leads_to_the_task(salesforce, seller, contact):
    delivery = record(contact, seller)
    assert [one.state for one in reports_of([delivery.activity_id])[delivery.activity_id]] == [
        "cancelled",
        "waiting",
    ]
    log_all()
    (task,) = salesforce.live()
    report = reports_of([delivery.activity_id])[delivery.activity_id][-1]
    assert (report.destination, report.state) == ("salesforce", "delivered")
    assert report.url == f"{salesforce.base_url}/{task['Id']}"


@pytest.mark.parametrize("name", ["Lead", "Contact"])
def test_the_most_recent_activity_stands_on_the_record(salesforce, seller, contact, lead, name):
    change(writes_most_recent=True)
    salesforce.add_field(f"{name}.Actions_Last_Activity__c", type="Text", length=40)
    salesforce.add_field(f"{name}.Actions_Last_Activity_At__c", type="DateTime")
    person = {"Lead": lead, "Contact": contact}[name]
    record_id = person.salesforce_contact_id or person.salesforce_lead_id
    now = timezone.now()
    record(person, seller, "CALL_RECEIVED", subject="Interested", occurred_at=now)
    log_all()
    record(person, seller, subject="Older", occurred_at=now - timedelta(hours=1))
    log_all()
    found = salesforce.record(record_id)
    assert found["Actions_Last_Activity__c"] == "Sales Call Received: Interested"
    assert found["Actions_Last_Activity_At__c"].startswith(f"{now:%Y-%m-%dT%H:%M:%S}")


def test_without_the_fields_nothing_is_written_on_the_record(salesforce, seller, contact):
    change(writes_most_recent=True)
    record(contact, seller)
    before = salesforce.record(contact.salesforce_contact_id)["SystemModstamp"]
    log_all()
    assert salesforce.record(contact.salesforce_contact_id)["SystemModstamp"] == before
