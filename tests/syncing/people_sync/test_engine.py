"""Pausing, cancelling, waiting, and two workers at once."""

from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from people.models import Person
from syncing.models import FeedCursor, MarketoConnection, SyncProblem, SyncRun
from syncing.people_sync import id_sweep
from syncing.people_sync.engine import ENGINE_LOCK, advance
from syncing.people_sync.indexes import INDEXES, drop_indexes, missing_indexes
from syncing.people_sync.services import (
    cancel_run,
    pause_sync,
    request_cycle,
    resume_sync,
    start_initial_sync,
)
from tests.syncing.people_sync.driving import (
    cycle,
    drive,
    drive_until,
    expected_people,
    full_sync,
    people_here,
    refreshed,
)

pytestmark = pytest.mark.django_db


def start():
    return start_initial_sync(requested_by=None, now=timezone.now())


def test_nothing_happens_before_the_sync_is_started(marketo, sandbox):
    calls = sandbox.calls()
    assert not advance(now=timezone.now())
    assert sandbox.calls() == calls


def test_nothing_happens_without_a_connection(db):
    assert not advance(now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_pause_is_seen_in_the_middle_of_a_slice_and_the_run_goes_on_there(
    marketo, sandbox, monkeypatch
):
    monkeypatch.setattr(id_sweep, "PAGE", 5)
    sandbox.add_fault("hang", "/rest/v1/leads.json", seconds=0.1, times=0)
    run = start()
    worker = Thread(target=_advance_and_hang_up)
    worker.start()
    try:
        drive_until_read(run)
        pause_sync()
    finally:
        worker.join(20)
    assert not worker.is_alive()
    assert (refreshed(run).state, refreshed(marketo).sync_state) == ("PAUSED", "PAUSED")
    assert run.read < len(sandbox.leads())
    assert not advance(now=timezone.now())
    sandbox.clear_faults()
    resume_sync()
    assert refreshed(marketo).sync_state == "INITIAL"
    drive(run)
    assert refreshed(run).read == len(sandbox.leads())
    assert people_here() == expected_people(sandbox)


@pytest.mark.parametrize("is_full_run_open", [False, True])
def test_a_full_run_that_is_started_during_a_pause_ends_it_for_the_cycle_too(
    live, sandbox, is_full_run_open
):
    sandbox.add_fault("error", "/rest/v1/activities/*", code="611", message="Down", times=0)
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    assert advance(now=timezone.now())
    sandbox.clear_faults()
    if is_full_run_open:
        start()
    pause_sync()
    assert SyncRun.objects.get(kind="INCREMENTAL").state == "PAUSED"
    assert drive(start()).state == "SUCCEEDED"
    assert refreshed(live).sync_state == "LIVE"
    assert SyncRun.objects.get(kind="INCREMENTAL").state == "SUCCEEDED"
    sandbox.change_lead(next(iter(people_here())), title="After the pause")
    cycle()
    assert people_here() == expected_people(sandbox)


def drive_until_read(run):
    while refreshed(run).read == 0:
        assert run.is_open


def _advance_and_hang_up():
    try:
        advance(now=timezone.now())
    finally:
        connection.close()


def test_a_cancelled_first_run_leaves_the_sync_off(marketo):
    run = start()
    cancel_run(run=run, now=timezone.now())
    assert (run.state, refreshed(marketo).sync_state) == ("CANCELLED", "OFF")
    assert not advance(now=timezone.now())
    assert full_sync().state == "SUCCEEDED"


def test_cancelling_takes_the_export_along(marketo_with_list, sandbox):
    sandbox.set_limits(export_seconds=600)
    run = start()
    drive_until(lambda: refreshed(run).state == "WAITING")
    cancel_run(run=run, now=timezone.now())
    assert sandbox.read("exports")[0]["status"].startswith("Cancel")


def test_a_cancelled_later_run_leaves_the_sync_live(marketo_with_list, sandbox):
    full_sync()
    cancel_run(run=start(), now=timezone.now())
    assert refreshed(marketo_with_list).sync_state == "LIVE"
    assert cycle().state == "SUCCEEDED"


def test_a_finished_run_cannot_be_cancelled(marketo_with_list):
    run = full_sync()
    cancel_run(run=run, now=timezone.now())
    assert refreshed(run).state == "SUCCEEDED"


def test_waiting_for_an_export_holds_no_worker(marketo_with_list, sandbox, settings):
    settings.MARKETO_EXPORT_POLL_SECONDS = 60
    sandbox.set_limits(export_seconds=600)
    run = start()
    while advance(now=timezone.now()):
        pass
    assert refreshed(run).state == "WAITING"
    calls = sandbox.calls()
    assert not advance(now=timezone.now() + timedelta(seconds=30))
    assert sandbox.calls() == calls
    sandbox.advance_clock(700)
    assert advance(now=timezone.now() + timedelta(seconds=61))


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_work_at_the_same_time(marketo_with_list, sandbox):
    start()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ENGINE_LOCK])
    answers = []
    other = Thread(target=lambda: answers.append(_advanced_elsewhere()))
    other.start()
    other.join(20)
    assert answers == [False]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ENGINE_LOCK])


def _advanced_elsewhere():
    try:
        return advance(now=timezone.now())
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_bring_everybody_once(marketo, sandbox):
    run = start()

    def race():
        try:
            while SyncRun.objects.get(pk=run.pk).is_open:
                advance(now=timezone.now())
        finally:
            connection.close()

    workers = [Thread(target=race) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert refreshed(run).state == "SUCCEEDED"
    assert run.read == len(sandbox.leads())
    assert people_here() == expected_people(sandbox)


def test_a_clock_that_jumps_does_not_matter(marketo_with_list, sandbox):
    now = timezone.now()
    run = start()
    while refreshed(run).is_open:
        advance(now=now)
        now += timedelta(minutes=1)
    sandbox.change_lead(next(iter(people_here())), title="After the jump")
    with time_machine.travel(now - timedelta(hours=3), tick=True):
        cycle()
    assert people_here() == expected_people(sandbox)
    stamps = list(Person.objects.order_by("updated_at").values_list("title", flat=True))
    assert stamps[-1] == "After the jump"


def test_an_interrupted_load_gets_its_indexes_back(marketo_with_list):
    assert drop_indexes()
    assert len(missing_indexes()) == len(INDEXES)
    advance(now=timezone.now())
    assert missing_indexes() == []


def test_indexes_are_not_dropped_where_there_are_people(marketo_with_list):
    full_sync()
    assert not drop_indexes()
    assert missing_indexes() == []


def test_the_reconcile_starts_when_it_is_due(marketo_with_list):
    full_sync()
    MarketoConnection.objects.update(next_reconcile_at=timezone.now() - timedelta(minutes=1))
    run = drive_until(SyncRun.objects.filter(kind="RECONCILE", state="SUCCEEDED").first)
    assert (run.written, run.removed) == (0, 0)
    assert refreshed(marketo_with_list).next_reconcile_at > timezone.now()


def test_no_reconcile_begins_while_everybody_is_read(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(export_seconds=1)
    run = start()
    advance(now=timezone.now())
    MarketoConnection.objects.update(next_reconcile_at=timezone.now())
    while advance(now=timezone.now()):
        pass
    assert not SyncRun.objects.filter(kind="RECONCILE").exists()
    drive(run)
    assert people_here() == expected_people(sandbox)


def test_reading_everybody_takes_the_place_of_a_reconcile(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(export_seconds=600)
    MarketoConnection.objects.update(next_reconcile_at=timezone.now())
    reconcile = drive_until(SyncRun.objects.filter(kind="RECONCILE", state="WAITING").first)
    start()
    assert refreshed(reconcile).state == "CANCELLED"


def test_changes_go_first_while_a_reconcile_runs(marketo_with_list, sandbox):
    full_sync()
    sandbox.set_limits(export_seconds=600)
    MarketoConnection.objects.update(next_reconcile_at=timezone.now())
    drive_until(SyncRun.objects.filter(kind="RECONCILE", state="WAITING").first)
    sandbox.change_lead(next(iter(people_here())), title="Meanwhile")
    cycle()
    assert people_here() == expected_people(sandbox)


def test_a_full_run_beside_live_cycles_ends_with_the_truth(marketo_with_list, sandbox):
    full_sync()
    changed = next(iter(people_here()))
    sandbox.set_limits(export_seconds=0.3)
    run = start()
    drive_until(lambda: refreshed(run).checkpoint.get("export"))
    sandbox.set_owner(changed, "0055g00000Ab1SfAAJ")
    cycle()
    drive(run)
    cycle()
    assert people_here() == expected_people(sandbox)


def test_overlong_values_are_cut_and_listed(marketo, sandbox):
    sandbox.create_lead(lastName="L" * 300, sfdcType="Lead", sfdcLeadOwnerId="0055g00000Ab1SaAAJ")
    run = full_sync()
    problem = SyncProblem.objects.get(run=run)
    assert (problem.field, problem.code, run.problem_count) == ("last_name", "TOO_LONG", 1)
    assert Person.objects.get(marketo_id=problem.marketo_id).last_name == "L" * 255


def test_problems_beyond_the_cap_are_only_counted(marketo, sandbox, monkeypatch):
    monkeypatch.setattr("syncing.people_sync.work.STORED_PROBLEMS", 2)
    for _ in range(4):
        sandbox.create_lead(
            lastName="L" * 300, sfdcType="Lead", sfdcLeadOwnerId="0055g00000Ab1SaAAJ"
        )
    run = full_sync()
    assert (run.problem_count, run.problems.count()) == (4, 2)


def test_feeds_start_before_the_full_run(marketo_with_list):
    began = timezone.now()
    full_sync()
    watermark = FeedCursor.objects.first().watermark
    assert watermark < began - timedelta(minutes=4)


def test_a_wish_to_sync_now_during_a_cycle_is_followed_after_it(live, sandbox):
    MarketoConnection.objects.update(next_cycle_at=timezone.now())
    sandbox.add_fault("error", "/rest/v1/activities/*", code="611", message="Down", times=0)
    advance(now=timezone.now())
    sandbox.clear_faults()
    first = SyncRun.objects.get(kind="INCREMENTAL")
    request_cycle(now=timezone.now())
    SyncRun.objects.update(resume_at=None)
    work_off()
    assert SyncRun.objects.filter(kind="INCREMENTAL").latest("pk").pk > first.pk


def work_off():
    while advance(now=timezone.now()):
        pass
