"""What stands in Marketo for an activity."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.models import Activity
from syncing.delivery.catalogue import BY_KIND
from syncing.delivery.models import Destination
from syncing.delivery.selectors import tally
from tests.syncing.delivery.driving import CALL, EMAIL, deliver, record_one

pytestmark = pytest.mark.django_db


def in_marketo(sandbox):
    return sandbox.custom_activities()[-1]


def test_a_click_has_the_attributes_of_the_glossary(sandbox, person, seller):
    moment = datetime(2026, 11, 1, 8, 30, 15, 900_000, tzinfo=UTC)
    delivery = record_one(person, seller, "EMAIL_CLICKED", occurred_at=moment)
    deliver(sandbox)
    row = in_marketo(sandbox)
    assert row["leadId"] == person.marketo_id
    assert row["happenedAt"] == "2026-11-01T08:30:15Z"
    assert row["primaryValue"] == "Pricing (SIA-1)"
    assert row["attributes"] == {
        "Link": "https://example.com/offer",
        "Sent By": "sam@example.com",
        "Source": "Sales App",
        "Template ID": 7,
        "Sales Template Name": "Intro",
        "Sales Template URL": "http://testserver/templates/7/",
        "Sales Campaign Name": "Spring",
        "Sales Campaign URL": "http://testserver/campaigns/3/",
        "Marketo Sales Person ID": str(person.pk),
        "Activity UUID": str(delivery.activity_id),
    }


def test_a_call_without_an_outcome_still_has_a_primary_value(sandbox, person, seller):
    record_one(person, seller, "CALL_RECEIVED", details=replace(CALL, outcome=""), subject="")
    deliver(sandbox)
    assert in_marketo(sandbox)["primaryValue"] == "Sales Call Received"
    assert in_marketo(sandbox)["attributes"]["Sales Call Duration"] == 90


def test_a_call_of_no_length_has_a_duration(sandbox, person, seller):
    record_one(person, seller, "CALL_RECEIVED", details=replace(CALL, duration_seconds=0))
    deliver(sandbox)
    assert in_marketo(sandbox)["attributes"]["Sales Call Duration"] == 0


def test_what_is_too_long_is_cut_with_a_mark(sandbox, person, seller):
    long = replace(EMAIL, email_subject="é" * 400, link="x" * 9_000, template_name="t" * 255)
    record_one(person, seller, "EMAIL_CLICKED", details=long)
    deliver(sandbox)
    row = in_marketo(sandbox)
    assert row["primaryValue"] == "é" * 254 + "…"
    assert row["attributes"]["Link"] == "x" * 1_999 + "…"
    assert row["attributes"]["Sales Template Name"] == "t" * 255


def test_calls_stay_below_a_megabyte(sandbox, people, seller):
    """Characters of other scripts take up to six times their number."""
    texts = {
        "link": "字" * 2_000,
        "template_name": "字" * 255,
        "campaign_name": "字" * 255,
    }
    for person in people * 8:
        record_one(person, seller, "EMAIL_CLICKED", details=replace(EMAIL, **texts))
    deliver(sandbox)
    assert tally(Destination.MARKETO).delivered == 320
    assert sandbox.calls()["/rest/v1/activities/external.json"] > 2


def test_every_kind_has_a_type_in_marketo():
    assert set(BY_KIND) == set(Activity.Kind.values)
