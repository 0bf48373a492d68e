"""Marketo's log of a few leads, read within bounds: the sandbox over TCP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from syncing.connections import budget_for
from syncing.marketo import Priority
from syncing.marketo.central_time import marketo_day
from syncing.smart_grid import reading as bounds
from syncing.smart_grid.reading import MOST_PAGES, new_reading, read_on

pytestmark = pytest.mark.django_db
ACTIVITIES = "/rest/v1/activities.json"
TOKENS = "/rest/v1/activities/pagingtoken.json"
VISIT, OPEN, MOMENT = 1, 10, 46


@pytest.fixture
def lead(marketo, sandbox):
    return sandbox.create_lead(lastName="Ox")


def happened(sandbox, lead, type_id=VISIT, *, days_ago=0, **fields):
    at = timezone.now() - timedelta(days=days_ago)
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    defaults = {"primary_id": 7, "primary_value": f"{days_ago} days ago"}
    sandbox.add_activity(lead, type_id, happened_at=stamp, **(defaults | fields))


def read(*leads):
    now = timezone.now()
    reading = new_reading(leads, now=now)
    read_on(reading, now=now)
    return reading


def names(reading):
    found = sorted(reading.found.values(), key=lambda item: item.happened_at)
    return [item.primary_value for item in found]


def test_the_last_ninety_days_of_a_lead_are_read_each_thing_once(sandbox, lead):
    for days_ago in (0, 5, 20, 80):
        happened(sandbox, lead, days_ago=days_ago)
    happened(sandbox, sandbox.create_lead(lastName="Another"))
    reading = read(lead)
    assert names(reading) == ["80 days ago", "20 days ago", "5 days ago", "0 days ago"]
    assert reading.is_complete
    assert reading.problem is None


def test_other_types_and_what_scanners_do_are_left_out(sandbox, lead):
    happened(sandbox, lead, OPEN, primary_value="Seen", attributes={"Is Bot Activity": False})
    happened(sandbox, lead, OPEN, primary_value="Scanned", attributes={"Is Bot Activity": True})
    happened(sandbox, lead, 22, primary_value="Score")
    assert names(read(lead)) == ["Seen"]


def test_what_is_not_shown_is_not_kept(sandbox, lead):
    secret = {"Form Fields": "password=1234", "Webpage URL": "/pricing"}
    happened(sandbox, lead, 2, primary_value="Form " + "x" * 600, attributes=secret)
    (item,) = read(lead).found.values()
    assert item.attributes == {"Webpage URL": "/pricing"}
    assert len(item.primary_value) == 500


def test_a_second_opening_takes_two_calls_for_tokens_are_shared(sandbox, lead):
    read(lead)
    before = sandbox.calls()
    assert read(sandbox.create_lead(lastName="Ux")).is_complete
    after = sandbox.calls()
    assert after[ACTIVITIES] - before[ACTIVITIES] == 2
    assert after[TOKENS] == before[TOKENS]


def test_of_a_long_log_no_more_pages_are_read_than_allowed(sandbox, lead):
    happened(sandbox, lead, days_ago=60)
    happened(sandbox, lead, days_ago=2)
    sandbox.change_settings(scan_rows=1)
    before = sandbox.calls().get(ACTIVITIES, 0)
    reading = read(lead)
    assert sandbox.calls()[ACTIVITIES] - before == MOST_PAGES
    assert not reading.is_complete
    assert reading.complete_since is None


def test_it_goes_on_where_it_stopped_until_it_is_complete(sandbox, lead, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_PAGES", 1)
    happened(sandbox, lead, days_ago=60)
    happened(sandbox, lead, days_ago=2)
    reading = read(lead)
    assert names(reading) == ["2 days ago"]
    assert not reading.is_complete
    assert reading.complete_since.date() == (timezone.now() - timedelta(days=14)).date()
    read_on(reading, now=timezone.now())
    assert names(reading) == ["60 days ago", "2 days ago"]
    assert reading.is_complete


def test_more_leads_than_a_call_takes_are_read_in_several(sandbox, marketo):
    leads = [sandbox.create_lead(lastName=f"Of {number}") for number in range(31)]
    happened(sandbox, leads[0], primary_value="first")
    happened(sandbox, leads[-1], primary_value="last")
    reading = read(*leads)
    assert sorted(names(reading)) == ["first", "last"]
    assert reading.is_complete


def test_a_silent_marketo_takes_no_longer_than_the_bound(sandbox, lead, monkeypatch):
    read(lead)
    monkeypatch.setattr(bounds, "SECONDS", 1)
    happened(sandbox, lead)
    sandbox.add_fault("hang", ACTIVITIES, seconds=30, times=1)
    started = timezone.now()
    reading = read(lead)
    assert timezone.now() - started < timedelta(seconds=10)
    assert "did not answer in time" in reading.problem.words
    assert not reading.is_complete
    monkeypatch.undo()
    read_on(reading, now=timezone.now())
    assert reading.problem is None
    assert names(reading) == ["0 days ago"]


def test_a_refusal_is_told_with_marketos_code(sandbox, lead):
    sandbox.change_settings(permissions=["Read-Only Lead"])
    problem = read(lead).problem
    assert problem.code == "603"
    assert problem.words


def test_a_token_gone_bad_is_not_used_again(sandbox, lead):
    read(lead)
    sandbox.add_fault("error", ACTIVITIES, code="1003", message="Invalid token", times=1)
    assert read(lead).problem.code == "1003"
    assert read(lead).is_complete


def test_the_last_calls_of_the_day_are_kept_for_emails(sandbox, lead, marketo):
    budget = budget_for(marketo)
    budget.observe(marketo_day(timezone.now()).date, budget.status().background_cap)
    before = sandbox.calls().get(ACTIVITIES, 0)
    assert "kept for sending emails" in read(lead).problem.words
    assert sandbox.calls().get(ACTIVITIES, 0) == before


def test_it_waits_for_no_slot_longer_than_the_bound(sandbox, lead, marketo, monkeypatch, settings):
    read(lead)
    monkeypatch.setattr(bounds, "SECONDS", 1)
    settings.MARKETO_CALLS_IN_FLIGHT = 1
    with budget_for(marketo).slot(priority=Priority.INTERACTIVE, patience=1):
        assert read(lead).problem.words == "Too many calls to Marketo are waiting."


def test_without_marketo_it_says_so(db):
    assert read(1).problem.words == "Marketo is not connected."
