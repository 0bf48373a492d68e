"""What is due, done by one worker at a time, in slices.

Every slice stores where it stands in the transaction that stores its effects, so whatever kills a
worker, the next tick goes on at the exact place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet

from people.session_locks import only_one
from syncing.connection_state import may_call
from syncing.connections import client_for
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.full_run import next_night, work_on_full_run
from syncing.people_sync.incremental import are_feeds_due, is_cycle_due, work_on_cycle
from syncing.people_sync.indexes import ensure_indexes
from syncing.people_sync.outcomes import settle
from syncing.people_sync.work import Slice, Work
from syncing.usage import refresh_usage

log = structlog.get_logger(__name__)

ENGINE_LOCK = 0x73796E63  # "sync"
# The clocks of several servers are never quite the same.
CLOCKS_DIFFER_BY = timedelta(minutes=1)

Kind = SyncRun.Kind
State = SyncRun.State
SyncState = MarketoConnection.SyncState


def advance(*, now: datetime) -> bool:
    """Do a slice of what the people sync has due; True when there is more to do right away.

    Returns False at once while another worker is at it.
    """
    with only_one(ENGINE_LOCK) as is_mine:
        return is_mine and _advance(now=now)


def _advance(*, now: datetime) -> bool:
    if not _is_loading():
        ensure_indexes()
    # Nobody disconnects between the look at the connection and the run that is to use it.
    with transaction.atomic():
        marketo = MarketoConnection.objects.select_for_update().first()
        run = _choose(marketo, now=now) if marketo else None
    if marketo is None or run is None:
        return False
    _work_on(marketo, run, now=now)
    return True


def _choose(marketo: MarketoConnection, *, now: datetime) -> SyncRun | None:
    """The run to work on, made ready for it; None while there is nothing to do."""
    _mind_the_clock(marketo, now=now)
    run = _next_run(marketo, now=now) if may_work(marketo, now=now) else None
    if run:
        marketo.store(worked_at=now)
        run.state, run.resume_at = State.RUNNING, None
        run.save(update_fields=["state", "resume_at"])
    return run


def _mind_the_clock(marketo: MarketoConnection, *, now: datetime) -> None:
    """After the clock was set back, no time that the sync waits for can be believed."""
    if marketo.worked_at is None or now > marketo.worked_at - CLOCKS_DIFFER_BY:
        return
    log.warning("clock_set_back", now=now, before=marketo.worked_at)
    SyncRun.objects.filter(state=State.WAITING).update(resume_at=None)
    reconcile_at = marketo.next_reconcile_at and next_night(now)
    marketo.store(
        worked_at=now, paused_until=None, next_cycle_at=now, next_reconcile_at=reconcile_at
    )


def _is_loading() -> bool:
    """Whether the indexes may be missing on purpose."""
    return SyncRun.objects.filter(
        kind=Kind.INITIAL, state=State.RUNNING, checkpoint__phase="read"
    ).exists()


def may_work(marketo: MarketoConnection, *, now: datetime) -> bool:
    """Whether the sync is on, and nothing keeps the connection from being used."""
    if marketo.sync_state in {SyncState.OFF, SyncState.PAUSED}:
        return False
    return may_call(marketo, now=now)


def _next_run(marketo: MarketoConnection, *, now: datetime) -> SyncRun | None:
    """Changes first, then a full run that is open, then the reconcile that is due."""
    cycle = _open_runs().filter(kind=Kind.INCREMENTAL).first()
    if cycle is None and is_cycle_due(marketo, now=now):
        return _open_cycle(marketo, now=now)
    if cycle and _is_ready(cycle, now=now):
        return cycle
    full_runs = list(_open_runs().exclude(kind=Kind.INCREMENTAL).order_by("kind"))
    if full_runs:
        # They share the list of whom they met, so there is only one at a time.
        return full_runs[0] if _is_ready(full_runs[0], now=now) else None
    if marketo.next_reconcile_at is not None and marketo.next_reconcile_at <= now:
        return SyncRun.objects.create(kind=Kind.RECONCILE, started_at=now)
    return None


def _open_runs() -> QuerySet[SyncRun]:
    return SyncRun.objects.select_for_update().filter(state__in=SyncRun.OPEN_STATES)


def _open_cycle(marketo: MarketoConnection, *, now: datetime) -> SyncRun:
    """One for the leads that somebody marked; at its time, and so often, it reads the feeds too."""
    checkpoint: dict[str, Any] = {}
    if are_feeds_due(marketo, now=now):
        marketo.store(next_cycle_at=now + timedelta(seconds=marketo.cycle_seconds))
    else:
        checkpoint["feeds_left"] = []
    return SyncRun.objects.create(
        kind=Kind.INCREMENTAL,
        strategy=SyncRun.Strategy.CHANGES,
        started_at=now,
        checkpoint=checkpoint,
    )


def _is_ready(run: SyncRun, *, now: datetime) -> bool:
    return run.state != State.PAUSED and (run.resume_at is None or run.resume_at <= now)


def _work_on(marketo: MarketoConnection, run: SyncRun, *, now: datetime) -> None:
    steps: dict[str, Callable[[Work], bool]] = {
        Kind.INITIAL: work_on_full_run,
        Kind.RECONCILE: work_on_full_run,
        Kind.INCREMENTAL: work_on_cycle,
    }
    with client_for(marketo) as client:
        settle(Work(marketo, run, client, Slice(now=now)), steps[run.kind])
    refresh_usage(marketo, now=now)
