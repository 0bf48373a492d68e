"""Disconnecting, and connecting anew, while the sync is at work."""

from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from syncing.connections import client_for, disconnect_marketo
from syncing.models import DirtyLead, FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync import full_run
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.engine import advance
from syncing.people_sync.services import start_initial_sync
from syncing.people_sync.work import RunStopped, Slice, Work
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import refreshed

pytestmark = pytest.mark.django_db

PATIENCE = 20


def test_disconnecting_before_the_last_step_of_a_full_run_leaves_no_cursors(
    marketo_with_list, monkeypatch
):
    run = start_initial_sync(requested_by=None, now=timezone.now())
    look_everybody_up = full_run.hydrate_all

    def look_everybody_up_and_disconnect(work):
        look_everybody_up(work)
        disconnect_marketo(now=timezone.now())
        return True

    monkeypatch.setattr(full_run, "hydrate_all", look_everybody_up_and_disconnect)
    now = timezone.now()
    while MarketoConnection.objects.exists():
        now += timedelta(seconds=1)
        advance(now=now)
    assert refreshed(run).state == "CANCELLED"
    assert not FeedCursor.objects.exists()


def test_a_slice_under_way_writes_nothing_onto_the_next_connection(marketo, sandbox):
    disconnect_marketo(now=timezone.now())
    new = connect(sandbox)
    marketo.store(state="NEEDS_ATTENTION", described_fields={})
    assert refreshed(new).state == "CONNECTED"
    assert new.described_fields


@pytest.mark.django_db(transaction=True)
def test_disconnecting_and_a_slice_do_not_wait_for_each_other_for_ever(live, sandbox):
    run = SyncRun.objects.create(kind="INCREMENTAL", started_at=timezone.now())
    has_marked = Event()
    outcome = []

    def slice_of_work():
        try:
            with client_for(live) as client, suppress(RunStopped), transaction.atomic():
                mark_dirty(marketo_ids=[1, 2, 3], now=timezone.now())
                has_marked.set()
                wait_until_somebody_waits()
                Work(live, run, client, Slice(now=timezone.now())).save()
                outcome.append("saved")
        finally:
            connection.close()

    worker = Thread(target=slice_of_work)
    worker.start()
    assert has_marked.wait(PATIENCE)
    disconnect_marketo(now=timezone.now())
    worker.join(PATIENCE)
    assert outcome == ["saved"]
    assert refreshed(run).state == "CANCELLED"
    assert not DirtyLead.objects.exists()


def wait_until_somebody_waits():
    with connection.cursor() as cursor:
        waiting = 0
        while not waiting:
            cursor.execute(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
                " WHERE NOT granted AND datname = current_database()"
            )
            (waiting,) = cursor.fetchone()
