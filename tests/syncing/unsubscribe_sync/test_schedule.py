"""When the runs begin."""

from datetime import UTC, datetime, time, timedelta

import pytest

from syncing.unsubscribe_sync import runs
from syncing.unsubscribe_sync.models import RemoteOptOut, Run, UnsubscribeSync
from syncing.unsubscribe_sync.schedule import advance, ask_for, forget_old_runs, next_night
from syncing.unsubscribe_sync.services import change_sync
from tests.syncing.unsubscribe_sync.conftest import OPT_OUT, person_with

pytestmark = pytest.mark.django_db

Kind, Mode = Run.Kind, UnsubscribeSync.Mode
# In Los Angeles it is noon; the night's run begins at 20:00 there, 04:00 UTC.
NOON = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def switch_on(mode=Mode.NIGHTLY, *, now=NOON, **changes):
    change_sync(changes={"mode": mode, **changes}, by=None, now=now)


def kinds():
    return list(Run.objects.order_by("pk").values_list("kind", "state"))


def test_nothing_runs_while_it_is_off(main):
    assert advance(now=EVENING) is None
    assert not Run.objects.exists()


def test_the_first_run_is_the_first_night_and_then_once_a_night(main):
    switch_on()

    assert advance(now=NOON) is None
    assert advance(now=EVENING - timedelta(seconds=1)) is None
    assert advance(now=EVENING).kind == Kind.FULL
    assert advance(now=EVENING + timedelta(hours=3)) is None
    assert advance(now=EVENING + timedelta(days=1)).kind == Kind.FULL


def test_a_night_nobody_was_up_is_made_up_for(main):
    switch_on()

    assert advance(now=EVENING + timedelta(hours=9)).kind == Kind.FULL


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("America/Los_Angeles", time(20), datetime(2026, 11, 23, 4, tzinfo=UTC)),
        ("Europe/Berlin", time(2, 30), datetime(2026, 11, 23, 1, 30, tzinfo=UTC)),
        ("Asia/Tokyo", time(5, 30), datetime(2026, 11, 22, 20, 30, tzinfo=UTC)),
    ],
)
def test_the_time_is_that_of_the_chosen_zone(zone, at, expected):
    assert next_night(UnsubscribeSync(time_zone=zone, run_at=at), now=NOON) == expected


def test_it_keeps_its_local_time_when_the_clocks_change():
    sync = UnsubscribeSync()
    summer = datetime(2026, 10, 31, 20, 0, tzinfo=UTC)

    assert next_night(sync, now=summer) == datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
    assert next_night(sync, now=summer + timedelta(days=1)) == datetime(
        2026, 11, 2, 4, 0, tzinfo=UTC
    )


def test_a_failed_night_is_tried_again_after_a_quarter_of_an_hour(main, salesforce):
    switch_on()
    salesforce.add_fault("http", path="*/query*", status=503)

    assert advance(now=EVENING).state == "FAILED"
    assert advance(now=EVENING + timedelta(minutes=14)) is None
    assert advance(now=EVENING + timedelta(minutes=16)).state == "DONE"


def test_a_night_that_was_broken_off_goes_on_where_it_was(main, salesforce, monkeypatch):
    monkeypatch.setattr(runs, "PAGE", 1)
    switch_on()
    _, lead = person_with(salesforce, **{OPT_OUT: True})
    person_with(salesforce, "Contact", email="bob@example.com", **{OPT_OUT: True})
    # Leads are read, contacts are not.
    salesforce.add_fault("http", path="*/query*", status=503, skip=1)
    first = advance(now=EVENING)
    # The other two pages are told, one of them is not.
    salesforce.add_fault("http", path="*/query*", status=503, skip=5)
    second = advance(now=EVENING + timedelta(minutes=16))
    third = advance(now=EVENING + timedelta(minutes=32))

    assert [run.state for run in (first, second, third)] == ["FAILED", "FAILED", "DONE"]
    assert [run.read for run in (first, second, third)] == [1, 1, 0]
    assert [run.compared for run in (first, second, third)] == [0, 1, 1]
    assert RemoteOptOut.objects.filter(record_id=lead).exists()
    assert advance(now=EVENING + timedelta(days=1)).read == 2


def test_continuous_reads_everything_at_once_and_then_only_changes(main, salesforce):
    switch_on(Mode.CONTINUOUS)

    assert advance(now=NOON).kind == Kind.FULL
    assert advance(now=NOON + timedelta(minutes=1)) is None
    person_with(salesforce, **{OPT_OUT: True})
    assert advance(now=NOON + timedelta(minutes=2)).kind == Kind.CHANGES
    assert advance(now=EVENING).kind == Kind.FULL


def test_a_look_at_changes_without_any_leaves_no_report(main):
    switch_on(Mode.CONTINUOUS)
    advance(now=NOON)

    advance(now=NOON + timedelta(minutes=1))

    assert kinds() == [("FULL", "DONE")]
    assert UnsubscribeSync.load().looked_at == NOON + timedelta(minutes=1)


def test_what_is_wrong_with_the_look_at_changes_is_told(main, salesforce):
    switch_on(Mode.CONTINUOUS)
    advance(now=NOON)
    salesforce.add_fault("http", path="*/query*", status=503)

    advance(now=NOON + timedelta(minutes=1))
    assert UnsubscribeSync.load().trouble == "Salesforce is not available."

    advance(now=NOON + timedelta(minutes=2))
    assert not UnsubscribeSync.load().trouble


def test_what_an_admin_asks_for_comes_first(main, admin):
    switch_on()
    run = ask_for(kind=Kind.PREVIEW, by=admin, now=EVENING)

    assert advance(now=EVENING) == run
    assert advance(now=EVENING).kind == Kind.FULL


def test_a_run_whose_worker_died_is_said_to_be_broken_off(main):
    switch_on()
    Run.objects.create(kind=Kind.FULL, state="RUNNING", queued_at=NOON, started_at=NOON)

    advance(now=NOON + timedelta(minutes=1))

    run = Run.objects.get()
    assert (run.state, run.error) == ("FAILED", "It was broken off.")


def test_old_reports_are_forgotten(db):
    Run.objects.create(kind=Kind.FULL, queued_at=NOON - timedelta(days=91))
    kept = Run.objects.create(kind=Kind.FULL, queued_at=NOON - timedelta(days=89))

    forget_old_runs(now=NOON)

    assert list(Run.objects.all()) == [kept]
