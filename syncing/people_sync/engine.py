"""What is due, done by one worker at a time, in slices.

Every slice stores where it stands in the transaction that stores its effects, so whatever kills a
worker, the next tick goes on at the exact place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog
from django.db import connection
from django.db.models import Q

from syncing.connections import calls_left_today, client_for, save_as_working
from syncing.errors import SyncError
from syncing.models import MarketoConnection, SyncRun
from syncing.people_sync.full_run import work_on_full_run
from syncing.people_sync.incremental import is_cycle_due, work_on_cycle
from syncing.people_sync.indexes import ensure_indexes
from syncing.people_sync.outcomes import settle
from syncing.people_sync.work import Slice, Work
from syncing.usage import refresh_usage

log = structlog.get_logger(__name__)

ENGINE_LOCK = 0x73796E63  # "sync"

Kind = SyncRun.Kind
State = SyncRun.State
SyncState = MarketoConnection.SyncState


def advance(*, now: datetime) -> bool:
    """Do a slice of what the people sync has due; True when there is more to do right away.

    Returns False at once while another worker is at it.
    """
    with _only_one() as is_mine:
        return is_mine and _advance(now=now)


@contextmanager
def _only_one() -> Iterator[bool]:
    """A lock of the database session: it is gone with the worker, however that ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ENGINE_LOCK])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ENGINE_LOCK])


def _advance(*, now: datetime) -> bool:
    marketo = MarketoConnection.objects.first()
    if not _is_loading():
        ensure_indexes()
    if marketo is None or not _may_work(marketo, now=now):
        return False
    run = _next_run(marketo, now=now)
    if run is None:
        return False
    _work_on(marketo, run, now=now)
    return True


def _is_loading() -> bool:
    """Whether the indexes may be missing on purpose."""
    return SyncRun.objects.filter(
        kind=Kind.INITIAL, state=State.RUNNING, checkpoint__phase="read"
    ).exists()


def _may_work(marketo: MarketoConnection, *, now: datetime) -> bool:
    if marketo.sync_state in {SyncState.OFF, SyncState.PAUSED}:
        return False
    if marketo.paused_until is None or marketo.paused_until <= now:
        return True
    return _is_cap_raised(marketo)


def _is_cap_raised(marketo: MarketoConnection) -> bool:
    """Whether it was our own daily cap that stopped the sync, and somebody has raised it since."""
    is_own_cap = marketo.state == MarketoConnection.State.PAUSED_UNTIL and not marketo.state_code
    with suppress(SyncError):
        if is_own_cap and calls_left_today(marketo):
            save_as_working()
            return True
    return False


def _next_run(marketo: MarketoConnection, *, now: datetime) -> SyncRun | None:
    """Changes first, then a full run that is open, then the reconcile that is due."""
    if is_cycle_due(marketo, now=now) and (run := _open(Kind.INCREMENTAL, now=now)):
        return run
    resting = Q(state=State.WAITING, resume_at__gt=now)
    waiting = SyncRun.objects.filter(state__in=[State.RUNNING, State.WAITING]).exclude(resting)
    if run := waiting.exclude(kind=Kind.INCREMENTAL).order_by("kind").first():
        return run
    if marketo.next_reconcile_at is not None and marketo.next_reconcile_at <= now:
        return _open(Kind.RECONCILE, now=now)
    return None


def _open(kind: SyncRun.Kind, *, now: datetime) -> SyncRun | None:
    """The open run of this kind, or a new one; None while it must not go on."""
    run = SyncRun.objects.filter(kind=kind, state__in=SyncRun.OPEN_STATES).first()
    if run is None:
        strategy = SyncRun.Strategy.CHANGES if kind == Kind.INCREMENTAL else ""
        return SyncRun.objects.create(kind=kind, strategy=strategy, started_at=now)
    is_resting = run.resume_at is not None and run.resume_at > now
    return None if run.state == State.PAUSED or is_resting else run


def _work_on(marketo: MarketoConnection, run: SyncRun, *, now: datetime) -> None:
    steps: dict[str, Callable[[Work], bool]] = {
        Kind.INITIAL: work_on_full_run,
        Kind.RECONCILE: work_on_full_run,
        Kind.INCREMENTAL: work_on_cycle,
    }
    openly = SyncRun.objects.filter(pk=run.pk, state__in=[State.RUNNING, State.WAITING])
    if not openly.update(state=State.RUNNING, resume_at=None):
        return
    run.refresh_from_db()
    with client_for(marketo) as client:
        settle(Work(marketo, run, client, Slice(now=now)), steps[run.kind])
    refresh_usage(marketo, now=now)
