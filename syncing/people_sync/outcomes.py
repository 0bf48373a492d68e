"""How a slice ended, and what that means for the run and the connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from syncing.connection_state import named, note_misconfigured, note_quota, note_success
from syncing.errors import Misconfigured, Permanent, QuotaExhausted, SyncError, Transient
from syncing.models import FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.work import NotYet, RunStopped, Work

log = structlog.get_logger(__name__)

State = SyncRun.State

# Of the feeds and reads, and of exports; the latter has other meanings too.
UNKNOWN_FIELD_CODES = {"1006", "1003"}
SHORTEST_BACKOFF = 5.0
LONGEST_BACKOFF = 600.0
RETRY_FAILED_CYCLE_AFTER = timedelta(minutes=10)
# An error of our own may have come from a moment's circumstances; a run survives a few.
MOST_CRASHES = 3
RETRY_CRASH_AFTER = timedelta(minutes=1)


def settle(work: Work, step: Callable[[Work], bool]) -> None:
    """Take a step of the run and store what came of it."""
    try:
        is_done = _take(step, work)
    except RunStopped:
        log.info("sync_run_stopped", run=work.run.pk)
    except NotYet as pause:
        work.settle(State.WAITING, resume_at=pause.resume_at, error="", error_code="")
        note_success(work.marketo)
    except QuotaExhausted as error:
        _wait_for_quota(work, error)
    except Misconfigured as error:
        _ask_for_attention(work, error)
    except Transient as error:
        _try_again(work, error)
    except Permanent as error:
        _fail(work, error)
    except (InterfaceError, OperationalError, SoftTimeLimitExceeded):
        # The database was away, or time was up: the next tick goes on.
        raise
    except Exception as error:
        _survive(work, error)
        raise
    else:
        note_success(work.marketo)
        state = State.SUCCEEDED if is_done else State.RUNNING
        finished_at = work.now if is_done else None
        work.settle(state, finished_at=finished_at, error="", error_code="")


def _take(step: Callable[[Work], bool], work: Work) -> bool:
    """Take the step; if fields were hidden since they were described, repeat it without them."""
    asked_for = work.lead_fields()
    try:
        return step(work)
    except Permanent as error:
        if error.code not in UNKNOWN_FIELD_CODES:
            raise
        work.run.refresh_from_db()
        work.learn_fields()
        if work.lead_fields() == asked_for:
            raise
        return False


def _wait_for_quota(work: Work, error: QuotaExhausted) -> None:
    log.warning("sync_quota_exhausted", run=work.run.pk, code=error.code)
    _wait(work, error, resume_at=error.resets_at)
    note_quota(work.marketo, error)


def _ask_for_attention(work: Work, error: Misconfigured) -> None:
    log.warning("sync_misconfigured", run=work.run.pk, setting=error.setting, code=error.code)
    error = named(work.marketo, error)
    _wait(work, error, resume_at=note_misconfigured(work.marketo, error, now=work.now))


def _try_again(work: Work, error: Transient) -> None:
    """Later and later, for as long as it takes."""
    work.run.refresh_from_db()
    failures = work.checkpoint.get("failures", 0)
    seconds = max(error.retry_after or 0, min(SHORTEST_BACKOFF * 2**failures, LONGEST_BACKOFF))
    log.warning("sync_interrupted", run=work.run.pk, reason=error.message, seconds=seconds)
    _wait(
        work,
        error,
        resume_at=work.now + timedelta(seconds=seconds),
        checkpoint={**work.checkpoint, "failures": failures + 1},
    )


def _fail(work: Work, error: SyncError) -> None:
    log.error("sync_failed", run=work.run.pk, reason=error.message, code=error.code)
    work.settle(State.FAILED, finished_at=work.now, error=error.message, error_code=error.code)
    if work.run.kind == SyncRun.Kind.INCREMENTAL:
        work.marketo.store(next_cycle_at=work.now + RETRY_FAILED_CYCLE_AFTER)
    fall_back(work.marketo)


def _survive(work: Work, crash: Exception) -> None:
    """Say in words what the log has as a traceback, and try again a few times."""
    error = SyncError(_("Unexpected error: %s. The log says more.") % type(crash).__name__)
    work.run.refresh_from_db()
    crashes = work.checkpoint.get("crashes", 0) + 1
    if crashes >= MOST_CRASHES:
        _fail(work, error)
        return
    checkpoint = {**work.checkpoint, "crashes": crashes}
    _wait(work, error, resume_at=work.now + RETRY_CRASH_AFTER, checkpoint=checkpoint)


def fall_back(marketo: MarketoConnection) -> None:
    """After a first full run that did not succeed the sync is off, as before it."""
    if not FeedCursor.objects.exists():
        marketo.store(sync_state=MarketoConnection.SyncState.OFF)


def _wait(work: Work, error: SyncError, *, resume_at: datetime, **values: object) -> None:
    work.settle(
        State.WAITING,
        resume_at=resume_at,
        error=error.message,
        error_code=error.code,
        **values,
    )
