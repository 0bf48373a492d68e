"""From Salesforce's refusal by way of the diagnostics to the task."""

import pytest
from django.urls import reverse
from django.utils import timezone

from syncing.salesforce_connections.models import SalesforceConnection
from syncing.task_logging.sweep import sweep
from tests.admin_config.salesforce.conftest import text_of
from tests.factories import make_person
from tests.syncing.task_logging.driving import (
    log_all,
    people_of,
    record,
    record_mixed,
    refreshed,
    start_logging,
)

pytestmark = pytest.mark.django_db

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def seller(seller, salesforce):
    seller.salesforce_user_id = salesforce.users()[seller.email]["Id"]
    seller.save()
    return seller


@pytest.fixture
def people(main, _sandbox_process):
    start_logging()
    return people_of(_sandbox_process, 4)


@pytest.fixture
def refuse(salesforce):
    """Salesforce refuses tasks from now on, with this code."""

    def begin(code, message, times=0):
        salesforce.add_fault("record", object="Task", code=code, message=message, times=times)

    yield begin
    salesforce.clear_faults()


def page(client, **query):
    return text_of(client.get(reverse("settings:diagnostics", query=query)))


def retry(client, **chosen):
    return text_of(client.post(reverse("settings:diagnostics-retry"), chosen, follow=True))


def test_what_a_rule_refuses_is_written_once_the_rule_is_gone(
    admin_client, people, seller, salesforce, refuse
):
    refuse(RULE, "Name a product")
    record_mixed(people, seller, 3, kinds=("CALL_RECEIVED",))
    log_all()
    shown = page(admin_client, destination="SALESFORCE")
    assert "A validation rule of your Salesforce refuses it." in shown
    assert "Name a product" in shown
    assert salesforce.live() == []

    salesforce.clear_faults()
    retry(admin_client, source="salesforce-activities", code=RULE)
    log_all()

    assert len(salesforce.live()) == 3
    assert "All is well" in page(admin_client)


def test_who_is_not_in_salesforce_yet_is_waited_for(admin_client, people, seller):
    delivery = record(make_person(email="nobody@example.com", salesforce_contact_id=""), seller)
    sweep(now=timezone.now())

    shown = page(admin_client, state="waiting")
    assert "no lead or contact for these people yet" in shown
    retry(admin_client, source="salesforce-activities", code="NO_RECORD")

    assert refreshed(delivery).due_at <= timezone.now()


def test_a_lost_connection_is_said_beside_the_numbers(admin_client, people, seller):
    SalesforceConnection.objects.update(state="NEEDS_RECONNECT", state_reason="Connect again.")
    record(people[0], seller)

    shown = page(admin_client)

    assert "Needs re-connect" in shown
    assert "The workspace's connection to Salesforce has ended." in shown
