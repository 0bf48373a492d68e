"""Full runs of instances whose leads are hard to find."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from syncing.marketo import Lead
from syncing.models import MarketoConnection
from syncing.people_sync.survey import Sample, oldest_of
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import expected_people, forget_budget, full_sync, people_here

pytestmark = pytest.mark.django_db

OWNED = {"lastName": "Far", "sfdcType": "Lead", "sfdcLeadOwnerId": "0055g00000Ab1SaAAJ"}
FIRST_ID = 100_000
NEW_LEADS = "/rest/v1/activities/leadchanges.json"
LATER = timedelta(days=250)


@pytest.fixture
def few(sandbox, db):
    """Three people with high ids, and nobody else."""
    sandbox.reset(people=1)
    for lead_id in sandbox.leads():
        sandbox.delete_lead(lead_id)
    for place in range(3):
        sandbox.create_lead(id=FIRST_ID + place, **OWNED)
    connect(sandbox)
    return sandbox


@pytest.fixture
def much_later(few):
    """Those few have been there for long, and nobody came since."""
    few.advance_clock(LATER.total_seconds())
    forget_budget(few)
    with time_machine.travel(timezone.now() + LATER + timedelta(minutes=1), tick=True):
        yield few


def test_a_few_with_high_ids_are_found_though_nobody_is_new(much_later):
    much_later.change_settings(activity_days=760)
    run = full_sync()
    assert (run.state, run.strategy) == ("SUCCEEDED", "ID_SWEEP")
    assert people_here() == expected_people(much_later)
    assert len(people_here()) == 3


def test_who_cannot_be_found_by_id_is_found_by_date(much_later):
    much_later.add_fault("no_rows", NEW_LEADS, times=0)
    run = full_sync()
    assert (run.state, run.strategy, run.error) == ("SUCCEEDED", "CREATED_AT", "")
    assert people_here() == expected_people(much_later)


def test_months_without_anybody_do_not_end_the_search_by_date(much_later):
    much_later.add_fault("no_rows", NEW_LEADS, times=0)
    # The first of a range that the survey samples, and too far for a sweep.
    much_later.create_lead(id=2**21, **OWNED)
    MarketoConnection.objects.update(daily_call_cap=1_000)
    run = full_sync()
    assert (run.state, run.strategy, run.error) == ("SUCCEEDED", "CREATED_AT", "")
    assert people_here() == expected_people(much_later)
    assert len(people_here()) == 4


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2015-03-01T00:00:00Z", 2015),
        ("2015-03-01T00:00:00Z+0000", 2015),
        ("2015-03-01 00:00:00", 2015),
        ("once upon a time", 2020),
        (5, 2020),
        (None, 2020),
    ],
)
def test_the_oldest_lead_is_found_in_any_spelling_of_dates(text, year):
    leads = [Lead(1, {"createdAt": "2020-01-01T00:00:00Z"}), Lead(2, {"createdAt": text})]
    oldest = oldest_of([Sample(1, 3, leads)])
    assert oldest.year == year
    assert oldest < timezone.now()
