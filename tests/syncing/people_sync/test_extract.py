"""Bulk files that are wrong or older than what is here, and what a reconcile makes of them."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Person
from syncing.marketo import csv_rows
from syncing.models import MarketoConnection, SyncProblem, SyncRun
from syncing.people_sync import engine, extract
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.indexes import missing_indexes
from syncing.people_sync.services import start_initial_sync
from syncing.people_sync.work import Slice
from tests.syncing.people_sync.driving import (
    cycle,
    drive,
    drive_until,
    expected_people,
    full_sync,
    people_here,
    qualifies,
    refreshed,
)

pytestmark = pytest.mark.django_db

STATUS = "/bulk/v1/leads/export/*/status.json"
WRONG = {"fileChecksum": "sha256:0"}
CREATE = "/bulk/v1/leads/export/create.json"


@pytest.fixture
def live(marketo_with_list, sandbox):
    full_sync()
    return refreshed(marketo_with_list)


def test_a_file_with_a_wrong_checksum_is_made_anew(marketo_with_list, sandbox):
    sandbox.add_fault("odd_row", STATUS, values=WRONG, times=0)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(lambda: sandbox.calls()[CREATE] == 2)
    sandbox.clear_faults()
    drive(run)
    assert run.state == "SUCCEEDED"
    assert people_here() == expected_people(sandbox)
    # The right file is the one that counts.
    assert run.read == run.total
    assert run.kept == len(people_here())
    assert run.read == run.kept + sum(run.skipped.values())
    assert run.kept == run.written + run.unchanged


def test_the_problems_of_a_file_that_is_made_anew_are_listed_once(
    marketo_with_list, sandbox, monkeypatch
):
    monkeypatch.setattr(csv_rows, "_BATCH", 20)
    monkeypatch.setattr(extract, "PORTION", 20)
    sandbox.change_lead(min(expected_people(sandbox)), lastName="L" * 300)
    sandbox.add_fault("odd_row", STATUS, values=WRONG, times=0)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    # Before the export, as of a feed.
    SyncProblem.objects.create(run=run, code="BAD_ROW", happened_at=timezone.now())
    SyncRun.objects.update(problem_count=1)
    drive_until(lambda: sandbox.calls()[CREATE] == 2)
    sandbox.clear_faults()
    drive(run)
    assert list(run.problems.values_list("code", flat=True)) == ["BAD_ROW", "TOO_LONG"]
    assert run.problem_count == 2


def test_a_checksum_that_is_never_right_ends_the_run(marketo_with_list, sandbox):
    sandbox.add_fault("odd_row", STATUS, values=WRONG, times=0)
    run = full_sync()
    assert (run.state, sandbox.calls()[CREATE]) == ("FAILED", 3)
    assert "checksum" in run.error


def test_an_old_file_brings_nobody_back(live, sandbox):
    sandbox.set_limits(export_seconds=0.3)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(lambda: refreshed(run).state == "WAITING")
    deadline = time.monotonic() + 20
    while sandbox.read("exports")[0]["status"] != "Completed":
        assert time.monotonic() < deadline
    gone = next(iter(people_here()))
    sandbox.delete_lead(gone)
    cycle()
    drive(run)
    person = Person.objects.get(marketo_id=gone)
    assert (person.state, person.removed_reason) == ("REMOVED", "DELETED")
    assert not person.changes.filter(kind="RESTORED").exists()
    assert people_here() == expected_people(sandbox)
    assert run.read == run.kept + sum(run.skipped.values())
    assert run.kept == run.written + run.unchanged


def test_a_reconcile_counts_all_it_repairs(live, sandbox, monkeypatch):
    companies = {}
    for lead in sandbox.leads().values():
        if qualifies(lead):
            companies.setdefault(lead["contactCompany"], []).append(lead["id"])
    company = max(companies, key=lambda each: len(companies[each]))
    sandbox.rename_company(company, "Phoenix Ltd")
    monkeypatch.setattr(engine, "Slice", ShortSlice)
    monkeypatch.setattr(csv_rows, "_BATCH", 20)
    monkeypatch.setattr(extract, "PORTION", 20)
    MarketoConnection.objects.update(
        next_reconcile_at=timezone.now(), next_cycle_at=timezone.now() + timedelta(minutes=1)
    )
    run = drive_until(SyncRun.objects.filter(kind="RECONCILE", state="SUCCEEDED").first)
    assert run.written == len(companies[company]) > 1
    assert people_here() == expected_people(sandbox)
    assert not SyncRun.objects.filter(kind="INCREMENTAL", written__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_who_came_by_a_webhook_during_a_first_load_is_not_written_twice(
    marketo_with_list, sandbox, monkeypatch
):
    monkeypatch.setattr(engine, "Slice", ShortSlice)
    monkeypatch.setattr(csv_rows, "_BATCH", 20)
    monkeypatch.setattr(extract, "PORTION", 20)
    monkeypatch.setattr(extract, "WORTH_DROPPING_INDEXES", 1)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    drive_until(lambda: refreshed(run).read)
    assert missing_indexes()
    last = max(expected_people(sandbox))
    assert last not in people_here()
    mark_dirty(marketo_ids=[last], now=timezone.now())
    drive(run)
    assert people_here() == expected_people(sandbox)
    assert missing_indexes() == []


class ShortSlice(Slice):
    """Over after a few looks at the clock."""

    looks = 0

    @property
    def is_over(self):
        self.looks += 1
        return self.looks > 3
