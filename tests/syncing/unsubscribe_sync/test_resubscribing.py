"""An admin takes an unsubscribe back on both sides."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from admin_config.models import AuditEvent
from people.unsubscribes import is_unsubscribed
from syncing.people_sync.load import merge_people
from syncing.salesforce_connections.calling import client_for
from syncing.unsubscribe_sync.fields import fields_of
from syncing.unsubscribe_sync.inbound import take_in
from syncing.unsubscribe_sync.models import RemoteOptOut, Run
from syncing.unsubscribe_sync.records import opted_out
from tests.factories import person_row
from tests.syncing.unsubscribe_sync.conftest import (
    OPT_OUT,
    is_opted_out,
    person_with,
    push_all,
    run_now,
    stop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(nightly, salesforce):
    """Unsubscribed here, and opted out on a lead and a contact there."""
    ann, lead = person_with(salesforce)
    contact = salesforce.create("Contact", LastName="Ann", Email="ann@example.com")
    stop(ann)
    push_all()
    ann.records = (lead, contact)
    return ann


def take_back(client, person, **fields):
    address = reverse("people:resubscribe", args=[person.pk])
    return client.post(address, {"reason": "Asked for our news on 1 March", **fields}, follow=True)


def test_the_page_shows_what_is_opted_out_there(admin_client, ann):
    page = admin_client.get(reverse("people:resubscribe", args=[ann.pk])).text

    assert "These records are opted out, and will be cleared:" in page
    assert ">Lead</a> ann@example.com · Email Opt Out" in page
    assert ">Contact</a> ann@example.com · Email Opt Out" in page
    assert all(record in page for record in ann.records)


def test_it_ends_on_both_sides_and_stays_so(admin_client, ann, salesforce):
    take_back(admin_client, ann)

    assert not is_unsubscribed(ann)
    assert not any(is_opted_out(salesforce, record) for record in ann.records)
    for kind in (Run.Kind.FULL, Run.Kind.CHANGES):
        assert run_now(kind).changed == 0
    assert not is_unsubscribed(ann)


def test_it_is_in_the_audit_log_with_the_records_and_the_reason(admin_client, ann, admin):
    take_back(admin_client, ann)

    cleared, removed = AuditEvent.objects.filter(actor=admin).order_by("pk")
    assert cleared.action == "OPT_OUT_CLEARED"
    assert sorted(cleared.details["records"].split(", ")) == sorted(ann.records)
    assert removed.action == "UNSUBSCRIBE_REMOVED"
    assert removed.details["reason"] == "Asked for our news on 1 March"


def test_without_a_reason_nothing_happens_on_either_side(admin_client, ann, salesforce):
    take_back(admin_client, ann, reason=" ")

    assert is_unsubscribed(ann)
    assert all(is_opted_out(salesforce, record) for record in ann.records)


def test_only_here_leaves_salesforce_as_it_is(admin_client, ann, salesforce):
    take_back(admin_client, ann, here_only="1")

    assert not is_unsubscribed(ann)
    assert all(is_opted_out(salesforce, record) for record in ann.records)


def test_what_salesforce_refuses_changes_nothing_here(admin_client, ann, salesforce):
    salesforce.add_fault(
        "record", object="Contact", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", message="Ask Legal"
    )

    page = take_back(admin_client, ann)

    assert "Salesforce refused it, so nothing was changed here: Ask Legal" in page.text
    assert is_unsubscribed(ann)


def test_while_salesforce_cannot_be_reached_nothing_changes(admin_client, ann, salesforce):
    salesforce.add_fault("http", path="*/query*", status=503, times=0)

    page = take_back(admin_client, ann)

    assert "nothing was changed here: Salesforce is not available." in page.text
    assert is_unsubscribed(ann)


def test_it_stays_so_after_a_lead_was_converted(admin_client, ann, salesforce):
    lead, _contact = ann.records
    salesforce.convert(lead)

    take_back(admin_client, ann)
    run_now()

    assert not is_unsubscribed(ann)
    assert is_opted_out(salesforce, lead)


def test_cleared_there_by_a_colleague_before_it_is_not_brought_back_by_marketo(
    admin_client, ann, salesforce
):
    run_now()
    for record in ann.records:
        salesforce.update(record, **{OPT_OUT: False})

    take_back(admin_client, ann)
    change = person_row(marketo_id=ann.marketo_id, email=ann.email, title="Head of it all")
    merge_people([change], now=timezone.now())

    assert not is_unsubscribed(ann)


def test_the_contact_a_lead_became_does_not_bring_it_back(admin_client, nightly, salesforce):
    ann, lead = person_with(salesforce)
    contact = salesforce.convert(lead)
    salesforce.update(contact, Email="private@example.org")
    stop(ann)
    push_all()
    salesforce.update(contact, **{OPT_OUT: False})

    take_back(admin_client, ann)
    change = person_row(
        marketo_id=ann.marketo_id,
        email=ann.email,
        salesforce_contact_id=contact,
        salesforce_lead_id=lead,
    )
    merge_people([change], now=timezone.now())

    assert not is_unsubscribed(ann)


def test_opted_out_there_once_more_it_counts_again(admin_client, ann, salesforce):
    take_back(admin_client, ann)

    salesforce.update(ann.records[0], **{OPT_OUT: True})
    run_now()

    assert is_unsubscribed(ann)


def test_opted_out_there_in_the_same_second_it_counts_that_night(
    admin_client, ann, salesforce, let_pass
):
    take_back(admin_client, ann)
    salesforce.update(ann.records[0], **{OPT_OUT: True})
    # The answer to our clearing was dated later than it was done.
    RemoteOptOut.objects.update(sent_at=F("sent_at") + timedelta(seconds=1))
    let_pass(seconds=5)

    run_now()

    assert is_unsubscribed(ann)


def test_what_a_run_had_read_before_does_not_bring_it_back(admin_client, ann, let_pass):
    now = timezone.now()
    with client_for(user=None, now=now) as client:
        lead = fields_of(client, sales_field="")["Lead"]
        read_since = client.server_time
        read_before = list(opted_out(client, lead))
    # Salesforce stamps by the second.
    let_pass(seconds=2)
    take_back(admin_client, ann)

    assert not take_in(read_before, now=now, read_since=read_since).imported
    assert not is_unsubscribed(ann)


def test_without_salesforce_it_is_as_ever(db, admin_client, salesforce):
    ann, _ = person_with(salesforce)
    stop(ann)

    assert (
        "In Salesforce" not in admin_client.get(reverse("people:resubscribe", args=[ann.pk])).text
    )
    take_back(admin_client, ann)

    assert not is_unsubscribed(ann)


def test_the_history_tells_that_salesforce_said_so(admin_client, nightly, salesforce):
    ann, _ = person_with(salesforce, **{OPT_OUT: True})
    run_now()

    page = admin_client.get(reverse("people:person", args=[ann.pk])).text

    assert "Salesforce sync" in page
