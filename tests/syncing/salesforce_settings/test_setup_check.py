import pytest
from django.utils import timezone

from syncing.errors import Misconfigured
from syncing.salesforce_settings.fields import ALL_FIELDS, KEY
from syncing.salesforce_settings.setup_check import Light, check_setup, deploy_fields

pytestmark = pytest.mark.django_db


def check():
    return check_setup(now=timezone.now())


def items():
    return {item.name: item for _title, found in check().pages for item in found}


def test_a_new_org_works_without_our_fields_and_says_what_it_lacks(main):
    found = check()

    assert found.light is Light.AMBER
    assert found.missing == ALL_FIELDS
    key = items()[KEY.name]
    assert key.light is Light.AMBER
    assert "ten minutes" in key.meaning


def test_deploying_makes_what_is_missing_and_only_that(main, salesforce):
    salesforce.add_field("MSE_Viewed__c", type="Checkbox", label="Mine")

    made = deploy_fields(names=[field.name for field in ALL_FIELDS], now=timezone.now())

    assert len(made) == len(ALL_FIELDS) - 1
    assert check().missing == ()
    assert items()[KEY.name].light is Light.GREEN
    assert deploy_fields(names=[KEY.name], now=timezone.now()) == ()


def test_names_that_are_not_ours_are_never_made(main):
    assert deploy_fields(names=["Evil__c"], now=timezone.now()) == ()


def test_a_hidden_opt_out_is_red_and_names_the_object(main, salesforce):
    salesforce.set_access("Lead.HasOptedOutOfEmail", "none")
    salesforce.set_access("Contact.HasOptedOutOfEmail", "read")

    found = items()
    assert found["Lead"].light is Light.RED
    assert "neither" in found["Lead"].meaning
    assert found["Contact"].light is Light.RED
    assert "cannot be written" in found["Contact"].meaning
    assert check().light is Light.RED


def test_a_missing_picklist_value_is_amber_and_named(main, salesforce):
    salesforce.set_picklist("Task.Type", ["Email", "Call"])

    found = items()
    assert found["Type: Reply"].light is Light.AMBER
    assert found["Type: Call"].light is Light.GREEN


def test_a_field_that_exists_without_being_unique_is_told_so(main, salesforce):
    salesforce.add_field(KEY.name, type="Text", length=64, externalId=True)

    assert "unique" in items()[KEY.name].remedy


def test_without_call_object_the_last_fallback_is_told(main, salesforce):
    salesforce.set_access("Task.CallObject", "none")

    assert "mark in the subject" in items()[KEY.name].meaning


def test_without_a_connection_there_is_nothing_to_check(db):
    with pytest.raises(Misconfigured, match="not connected"):
        check()
