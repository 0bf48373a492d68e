"""Whoever unsubscribes here is opted out in Salesforce at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from people.models import Unsubscribe
from people.unsubscribes import resubscribe
from syncing.salesforce_connections import probe
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.unsubscribe_sync.models import Push
from syncing.unsubscribe_sync.pushes import retry
from tests.factories import make_person
from tests.syncing.unsubscribe_sync.conftest import (
    OPT_OUT,
    is_opted_out,
    later,
    person_with,
    push_all,
    push_of,
    stop,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("object_name", ["Lead", "Contact"])
def test_the_record_of_the_person_is_opted_out(main, salesforce, object_name):
    ann, record_id = person_with(salesforce, object_name)

    stop(ann)
    push_all()

    assert is_opted_out(salesforce, record_id)
    assert push_of(ann).state == "DONE"
    assert push_of(ann).records == 1


def test_all_leads_and_contacts_with_the_address_are_opted_out(main, salesforce):
    ann, own = person_with(salesforce)
    others = [
        salesforce.create("Lead", LastName="Twin", Company="Other", Email="ANN@example.com"),
        salesforce.create("Contact", LastName="Twin", Email="ann@example.com"),
    ]
    stranger = salesforce.create("Contact", LastName="Bob", Email="bob@example.com")

    stop(ann)
    push_all()

    assert all(is_opted_out(salesforce, record) for record in (own, *others))
    assert not is_opted_out(salesforce, stranger)
    assert push_of(ann).records == 3


def test_the_record_is_found_by_its_id_though_its_address_is_another(main, salesforce):
    ann, record_id = person_with(salesforce)
    salesforce.update(record_id, Email="private@example.org")

    stop(ann)
    push_all()

    assert is_opted_out(salesforce, record_id)


def test_what_a_lead_was_converted_to_is_opted_out(main, salesforce):
    ann, lead = person_with(salesforce)
    contact = salesforce.convert(lead)
    salesforce.update(contact, Email="private@example.org")

    stop(ann)
    push_all()

    assert is_opted_out(salesforce, contact)


def test_what_a_contact_was_merged_with_is_opted_out(main, salesforce):
    ann, loser = person_with(salesforce, "Contact")
    winner = salesforce.create("Contact", LastName="Example", Email="private@example.org")
    salesforce.merge(winner, [loser])

    stop(ann)
    push_all()

    assert is_opted_out(salesforce, winner)


def test_nobody_there_is_said_so(main, salesforce):
    ann = make_person(email="nobody@example.com")

    stop(ann)
    push_all()

    assert push_of(ann).state == "DONE"
    assert push_of(ann).reason == "Salesforce has no lead or contact with this ID or address."


def test_without_salesforce_nothing_waits(db):
    stop(make_person())

    assert not Push.objects.exists()


def test_what_salesforce_said_does_not_go_back_to_it(main):
    stop(make_person(), source=Unsubscribe.Source.SALESFORCE)

    assert not Push.objects.exists()


def test_taken_back_before_it_got_there_it_never_goes(main, salesforce, admin):
    ann, record_id = person_with(salesforce)
    stop(ann)

    resubscribe(person=ann, by=admin, reason="Said so", now=timezone.now())
    push_all()

    assert push_of(ann).state == "CANCELLED"
    assert not is_opted_out(salesforce, record_id)


def test_while_the_connection_is_lost_it_waits(main, salesforce):
    ann, record_id = person_with(salesforce)
    state = SalesforceConnection.State
    SalesforceConnection.objects.update(state=state.NEEDS_RECONNECT, state_reason="Revoked.")

    stop(ann)
    push_all()

    assert push_of(ann).state == "WAITING"
    assert push_of(ann).reason == "Revoked."

    SalesforceConnection.objects.update(state=state.CONNECTED, state_reason="")
    push_all(now=later(minutes=2))

    assert is_opted_out(salesforce, record_id)


def test_it_goes_when_the_daily_limit_stops_everything_else(main, salesforce):
    ann, record_id = person_with(salesforce)
    salesforce.change_settings(daily_calls=1_000, other_calls=980)

    stop(ann)
    push_all()

    assert is_opted_out(salesforce, record_id)


def test_it_goes_first_when_the_limit_is_lifted(main, salesforce):
    ann, record_id = person_with(salesforce)
    salesforce.change_settings(daily_calls=1_000, other_calls=1_000)
    stop(ann)
    push_all()
    assert not is_opted_out(salesforce, record_id)

    salesforce.change_settings(other_calls=0)
    main.refresh_from_db()
    probe.test_connection(main, now=timezone.now())
    push_all(now=later(minutes=2))

    assert is_opted_out(salesforce, record_id)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "reset", "committed": True},
        {"kind": "http", "status": 503},
        {"kind": "truncated"},
        {"kind": "expired_session"},
        {"kind": "record", "code": "UNABLE_TO_LOCK_ROW", "object": "Lead"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_no_fault_on_the_way_loses_it(main, salesforce, fault):
    ann, record_id = person_with(salesforce)
    path = {} if fault["kind"] == "record" else {"path": "*/composite/*"}
    salesforce.add_fault(**fault, **path)

    stop(ann)
    push_all()
    push_all(now=later(minutes=10))

    assert is_opted_out(salesforce, record_id)
    assert push_of(ann).state == "DONE"


def test_one_refused_record_keeps_nobody_else_back(main, salesforce):
    ann, refused = person_with(salesforce)
    bob, taken = person_with(salesforce, email="bob@example.com")
    code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    salesforce.add_fault("record", object="Lead", code=code, message="Ask Legal first")

    stop(ann)
    stop(bob)
    push_all()

    assert push_of(ann).state == "PARKED"
    assert (push_of(ann).code, push_of(ann).reason) == (code, "Ask Legal first")
    assert push_of(bob).state == "DONE"
    assert is_opted_out(salesforce, taken)

    assert retry(Push.objects.all(), now=timezone.now()) == 1
    push_all()

    assert is_opted_out(salesforce, refused)


def test_a_record_whose_address_is_the_same_for_salesforce_alone_stops_nothing(main, salesforce):
    ann = make_person(email="", salesforce_contact_id="")
    salesforce.create("Contact", LastName="Ann", Email="ann@example.com")
    bob, taken = person_with(salesforce, email="bob@example.com")
    stop(bob)
    stop(ann)
    # No letter is known of which Salesforce has another small form; this stands in for one.
    Unsubscribe.objects.filter(person=ann).update(email="Ann@example.com")

    push_all()

    assert push_of(bob).state == "DONE"
    assert is_opted_out(salesforce, taken)


@pytest.mark.parametrize(("access", "word"), [("none", "not visible"), ("read", "not editable")])
def test_a_field_that_may_not_be_written_is_named(main, salesforce, access, word):
    ann, record_id = person_with(salesforce)
    salesforce.set_access(f"Lead.{OPT_OUT}", access)

    stop(ann)
    push_all()

    assert push_of(ann).state == "PARKED"
    assert f"Lead: Email Opt Out is {word}" in push_of(ann).reason

    salesforce.set_access(f"Lead.{OPT_OUT}", "edit")
    retry(Push.objects.all(), now=timezone.now())
    push_all()

    assert is_opted_out(salesforce, record_id)


def test_the_history_of_the_person_tells_how_far_it_got(seller_client, main, salesforce):
    ann, _ = person_with(salesforce)
    salesforce.add_fault("record", object="Lead", code="FIELD_CUSTOM_VALIDATION_EXCEPTION")
    address = reverse("people:person", args=[ann.pk])

    stop(ann)
    assert "On its way to Salesforce." in seller_client.get(address).text
    push_all()
    assert "Salesforce refused it:" in seller_client.get(address).text
    retry(Push.objects.all(), now=timezone.now())
    push_all()
    assert "In Salesforce 1 record is opted out." in seller_client.get(address).text
