"""What sellers do becomes tasks in Salesforce, once each."""

import pytest
from django.utils import timezone

from syncing.salesforce_settings.fields import EVENT_AT, KEY
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.sweep import sweep
from tests.factories import make_person
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
