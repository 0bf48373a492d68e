"""Hours that pass between two slices, and clocks that are set."""

from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Person
from syncing.connections import budget_for
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.engine import advance
from syncing.people_sync.work import Slice
from tests.syncing.people_sync.driving import expected_people, people_here, refreshed

pytestmark = pytest.mark.django_db


def test_a_backlog_that_takes_hours_is_read_to_its_end(live, sandbox, monkeypatch):
    sandbox.set_limits(scan_rows=5)
    marketo_id = next(iter(people_here()))
    for number in range(40):
        sandbox.change_lead(marketo_id, firstName=f"Version {number}")
    monkeypatch.setattr("syncing.people_sync.engine.Slice", OnePage)
    now = timezone.now()
    for _ in range(60):
        now += timedelta(minutes=40)
        advance(now=now)
    assert people_here() == expected_people(sandbox)
    assert SyncRun.objects.filter(kind="INCREMENTAL", state="SUCCEEDED").exists()


class OnePage(Slice):
    """A slice that is over after its first look at the clock."""

    def __init__(self, *, now):
        super().__init__(now=now)
        self._looks = 0

    @property
    def is_over(self):
        self._looks += 1
        return self._looks > 1


def test_after_a_clock_that_was_a_day_ahead_changes_still_arrive(live, sandbox):
    now = timezone.now()
    for hours in (24, 26):
        MarketoConnection.objects.update(next_cycle_at=None)
        work_off(now + timedelta(hours=hours))
    marketo_id = next(iter(people_here()))
    sandbox.change_lead(marketo_id, firstName="Changed")
    work_off(later := now + timedelta(minutes=1))
    assert Person.objects.get(marketo_id=marketo_id).first_name == "Changed"
    assert refreshed(live).synced_until <= later + timedelta(seconds=10)
    assert live.next_reconcile_at < now + timedelta(hours=25)


def test_after_the_clock_was_set_back_cycles_go_on_at_once(live):
    now = timezone.now()
    work_off(now)
    before = SyncRun.objects.latest("pk").pk
    work_off(now - timedelta(hours=1))
    assert SyncRun.objects.filter(kind="INCREMENTAL", pk__gt=before, state="SUCCEEDED").exists()


def test_after_the_clock_was_set_back_nothing_waits_for_the_old_time(live, sandbox):
    now = timezone.now()
    sandbox.add_fault("error", "/rest/v1/activities/*", code="607", message="Quota", times=1)
    MarketoConnection.objects.update(next_cycle_at=None)
    work_off(now + timedelta(days=2))
    assert refreshed(live).state == "PAUSED_UNTIL"
    budget_for(live).resume()
    MarketoConnection.objects.update(paused_until=now + timedelta(days=3))
    SyncRun.objects.filter(state="WAITING").update(resume_at=now + timedelta(days=3))
    work_off(now)
    assert SyncRun.objects.get(kind="INCREMENTAL").state == "SUCCEEDED"
    assert refreshed(live).state == "CONNECTED"


def work_off(now):
    """Do all that is due at this moment."""
    for _ in range(50):
        if not advance(now=now):
            return
