"""On whose record an activity is logged, found when it is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.task_logging.sweep import sweep
from tests.factories import make_person
from tests.syncing.task_logging.driving import (
    change,
    log_all,
    numbers,
    record,
    refreshed,
    waiting,
)

pytestmark = pytest.mark.django_db


def unknown(email):
    """Somebody of whom we have no Salesforce id."""
    return make_person(email=email, salesforce_contact_id="", salesforce_lead_id="")


def who(salesforce):
    return sorted(task["WhoId"] for task in salesforce.live())


def test_stored_ids_cost_no_question(salesforce, seller, contact):
    record(contact, seller)
    before = salesforce.api_usage()
    log_all()
    # What the org takes of a task (two calls), and the task.
    assert salesforce.api_usage() == before + 3


def test_a_converted_lead_is_followed_to_the_contact(salesforce, seller, lead):
    contact_id = salesforce.convert(lead.salesforce_lead_id)
    record(lead, seller)
    log_all()
    assert who(salesforce) == [contact_id]


def test_a_merged_contact_is_followed_to_the_winner(salesforce, seller, people):
    loser, winner = [one for one in people if one.salesforce_contact_id][:2]
    salesforce.merge(winner.salesforce_contact_id, [loser.salesforce_contact_id])
    record(loser, seller)
    log_all()
    assert who(salesforce) == [winner.salesforce_contact_id]


def test_for_a_deleted_contact_somebody_with_the_address_is_found(salesforce, seller, contact):
    other = salesforce.create("Contact", LastName="Twin", Email=contact.email)
    salesforce.delete(contact.salesforce_contact_id)
    delivery = record(contact, seller)
    log_all()
    assert who(salesforce) == [other]
    assert refreshed(delivery).state == "DELIVERED"


def test_a_deleted_contact_without_a_twin_is_shown_to_a_person(salesforce, seller, contact):
    salesforce.delete(contact.salesforce_contact_id)
    delivery = record(contact, seller)
    log_all()
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code) == ("PARKED", "ENTITY_IS_DELETED")


def test_a_contact_comes_before_a_lead_with_the_address(salesforce, main, logging, seller):
    salesforce.create("Lead", LastName="Fox", Company="Fox", Email="Fox@example.com")
    contact = salesforce.create("Contact", LastName="Fox", Email="fox@example.com")
    record(unknown("fox@EXAMPLE.com"), seller)
    log_all()
    assert who(salesforce) == [contact]


def test_leads_only_means_leads_only(salesforce, logging, seller):
    change(records="LEAD")
    lead = salesforce.create("Lead", LastName="Fox", Company="Fox", Email="fox@example.com")
    salesforce.create("Contact", LastName="Fox", Email="fox@example.com")
    record(unknown("fox@example.com"), seller)
    log_all()
    assert who(salesforce) == [lead]


@pytest.mark.parametrize(("duplicates", "count"), [("NEWEST", 1), ("ALL", 2), ("NONE", 0)])
def test_of_several_with_the_address(salesforce, logging, seller, duplicates, count):
    change(duplicates=duplicates)
    twins = [salesforce.create("Contact", LastName="Fox", Email="fox@example.com") for _ in "ab"]
    salesforce.update(twins[1], Title="Boss")
    delivery = record(unknown("fox@example.com"), seller)
    log_all()
    assert set(who(salesforce)) <= set(twins)
    assert len(salesforce.live()) == count
    delivery = refreshed(delivery)
    assert delivery.state == ("DELIVERED" if count else "CANCELLED")
    assert delivery.code == ("" if count else "SEVERAL_RECORDS")


def test_somebody_unknown_waits_until_they_are_known(salesforce, logging, seller):
    delivery = record(unknown("fox@example.com"), seller)
    sweep(now=timezone.now())
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code) == ("PENDING", "NO_RECORD")
    contact = salesforce.create("Contact", LastName="Fox", Email="fox@example.com")
    log_all()
    assert who(salesforce) == [contact]


def test_somebody_unknown_becomes_a_lead_where_that_is_wanted(salesforce, logging, seller):
    change(no_match="CREATE_LEAD")
    person = unknown("fox@example.com")
    record(person, seller)
    record(person, seller)
    log_all()
    (lead,) = [one for one in salesforce.live("Lead") if one["Email"] == "fox@example.com"]
    assert lead["LastName"] == person.last_name
    assert who(salesforce) == [lead["Id"]] * 2


def test_a_call_goes_by_id_alone(salesforce, logging, seller):
    salesforce.create("Contact", LastName="Fox", Email="fox@example.com")
    delivery = record(unknown("fox@example.com"), seller, "CALL_RECEIVED")
    sweep(now=timezone.now())
    assert refreshed(delivery).code == "NO_RECORD"
    assert not salesforce.live()
    assert waiting().count() == 1


def test_a_task_relates_to_the_account_where_that_is_wanted(salesforce, seller, contact):
    change(logs_to_account=True)
    record(contact, seller)
    log_all()
    (task,) = salesforce.live()
    assert task["WhatId"] == contact.salesforce_account_id


def test_a_task_relates_to_an_open_opportunity_of_the_contact(sandbox, salesforce, seller, people):
    change(logs_to_account=True, logs_to_opportunities=True)
    role = next(one for one in salesforce.live("OpportunityContactRole"))
    salesforce.update(role["OpportunityId"], StageName="Prospecting")
    person = next(one for one in people if one.salesforce_contact_id == role["ContactId"])
    record(person, seller)
    log_all()
    (task,) = salesforce.live()
    assert task["WhatId"].startswith("006")


def test_an_owner_who_has_left_salesforce_does_not_keep_a_task_back(salesforce, seller, contact):
    salesforce.change_user(seller.salesforce_user_id, IsActive=False)
    record(contact, seller)
    log_all()
    (task,) = salesforce.live()
    assert task["OwnerId"] != seller.salesforce_user_id
    assert numbers() == (1, 1, 0, 0, 0)


def test_a_lead_that_the_org_refuses_is_shown_with_its_words(salesforce, logging, seller, contact):
    change(no_match="CREATE_LEAD")
    words = {"code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Leads need a country"}
    salesforce.add_fault("record", object="Lead", times=0, **words)
    delivery = record(unknown("fox@example.com"), seller)
    other = record(contact, seller)
    log_all()
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code, delivery.reason) == ("PARKED", *words.values())
    assert refreshed(other).state == "DELIVERED"


def test_a_lead_that_may_have_been_made_is_not_made_twice(salesforce, logging, seller):
    change(no_match="CREATE_LEAD")
    salesforce.add_fault("late_commit", path="*/composite/sobjects", seconds=300)
    record(unknown("fox@example.com"), seller)
    now = timezone.now()
    for minute in range(10):
        sweep(now=now + timedelta(minutes=minute))
    salesforce.commit_late()
    log_all()
    (lead,) = [one for one in salesforce.live("Lead") if one["Email"] == "fox@example.com"]
    assert who(salesforce) == [lead["Id"]]


def test_a_lead_that_may_have_been_made_is_not_made_for_another_email_either(
    salesforce, logging, seller
):
    change(no_match="CREATE_LEAD")
    salesforce.add_fault("late_commit", path="*/composite/sobjects", seconds=300)
    person = unknown("wolf@example.com")
    record(person, seller)
    now = timezone.now()
    sweep(now=now)
    record(person, seller)
    sweep(now=now + timedelta(minutes=5))
    salesforce.commit_late()
    log_all()
    (lead,) = [one for one in salesforce.live("Lead") if one["Email"] == person.email]
    assert who(salesforce) == [lead["Id"]] * 2


def test_what_may_not_be_asked_keeps_back_nobody_else(salesforce, logging, seller, contact):
    change(logs_to_opportunities=True)
    denied = {"status": 400, "code": "INVALID_TYPE", "message": "not supported", "times": 0}
    delivery = record(unknown("fox@example.com"), seller)
    salesforce.add_fault("error", path="*/query*", **denied)
    other = record(contact, seller)
    log_all()
    assert refreshed(other).state == "DELIVERED"
    delivery = refreshed(delivery)
    assert (delivery.state, delivery.code) == ("PARKED", "INVALID_TYPE")
