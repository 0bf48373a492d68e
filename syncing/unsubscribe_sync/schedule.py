"""When to look at Salesforce: what was asked for, every night, and every minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from people.session_locks import only_one
from syncing.salesforce_connections.selectors import main_connection
from syncing.unsubscribe_sync.fields import OBJECTS
from syncing.unsubscribe_sync.locks import RUNS
from syncing.unsubscribe_sync.models import Run, UnsubscribeSync
from syncing.unsubscribe_sync.runs import work_on

Kind, State, Mode = Run.Kind, Run.State, UnsubscribeSync.Mode
# After a failure the night's run is tried again.
TRIED_AGAIN_AFTER = timedelta(minutes=15)
KEPT_FOR = timedelta(days=90)
# How long a preview tells what a full sync would do.
PREVIEW_HOLDS = timedelta(days=1)


def advance(*, now: datetime) -> Run | None:
    """Do one run that is due, to its end; None when none is, or another worker is at one."""
    with only_one(RUNS) as is_ours:
        if not is_ours:
            return None
        _end_broken_off(now=now)
        run = _asked_for() or _scheduled(now=now)
        if run:
            work_on(run, now=now)
            return run
        return _look_for_changes(now=now)


def ask_for(*, kind: Run.Kind, by: object, now: datetime) -> Run:
    """A run as soon as a worker has time; the one that waits already, if there is one."""
    waiting = Run.objects.filter(kind=kind, state__in=[State.QUEUED, State.RUNNING]).first()
    return waiting or Run.objects.create(kind=kind, requested_by=by, queued_at=now)  # type: ignore[misc]


def begins_at_once(sync: UnsubscribeSync) -> bool:
    """Whether a full sync is due: changes are read from the moment of which all is known."""
    return sync.mode == Mode.CONTINUOUS and not any(name in sync.cursors for name in OBJECTS)


def was_previewed(sync: UnsubscribeSync, *, now: datetime) -> bool:
    """Whether somebody could lately see what a full sync with this org would do."""
    done = Run.objects.filter(kind=Kind.PREVIEW, state=State.DONE, place__org_id=sync.org_id)
    return done.filter(finished_at__gt=now - PREVIEW_HOLDS).exists()


def last_night(sync: UnsubscribeSync, *, now: datetime) -> datetime:
    """When the latest nightly run had to begin."""
    local = now.astimezone(ZoneInfo(sync.time_zone))
    at = sync.run_at
    begin = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return begin if begin <= local else begin - timedelta(days=1)


def next_night(sync: UnsubscribeSync, *, now: datetime) -> datetime:
    return last_night(sync, now=now) + timedelta(days=1)


def forget_old_runs(*, now: datetime) -> int:
    return Run.objects.filter(queued_at__lt=now - KEPT_FOR).delete()[0]


def _end_broken_off(*, now: datetime) -> None:
    """Whoever was at them is no more, for the lock is ours."""
    Run.objects.filter(state=State.RUNNING).update(
        state=State.FAILED, finished_at=now, error=_("It was broken off.")
    )


def _asked_for() -> Run | None:
    return Run.objects.filter(state=State.QUEUED).order_by("queued_at", "pk").first()


def _scheduled(*, now: datetime) -> Run | None:
    sync = UnsubscribeSync.load()
    if sync.mode == Mode.OFF or sync.on_since is None or main_connection() is None:
        return None
    night = last_night(sync, now=now)
    if not begins_at_once(sync) and (night < sync.on_since or _was_done_since(night)):
        return None
    lately = Q(kind=Kind.FULL, queued_at__gt=now - TRIED_AGAIN_AFTER)
    if Run.objects.filter(lately, state=State.FAILED).exists():
        return None
    place = _place_left(since=max(night, sync.on_since))
    return Run.objects.create(kind=Kind.FULL, queued_at=now, place=place)


def _place_left(*, since: datetime) -> dict[str, Any]:
    """Where the latest full sync was broken off; the beginning if it was not."""
    latest = Run.objects.filter(kind=Kind.FULL, queued_at__gte=since)
    broken_off = latest.order_by("-queued_at", "-pk").first()
    return broken_off.place if broken_off and broken_off.state == State.FAILED else {}


def _was_done_since(moment: datetime) -> bool:
    return Run.objects.filter(kind=Kind.FULL, state=State.DONE, started_at__gte=moment).exists()


def _look_for_changes(*, now: datetime) -> Run | None:
    """Kept only if there is something to tell."""
    sync = UnsubscribeSync.load()
    is_due = sync.mode == Mode.CONTINUOUS and not begins_at_once(sync)
    if not is_due or main_connection() is None:
        return None
    run = Run.objects.create(kind=Kind.CHANGES, queued_at=now)
    work_on(run, now=now)
    UnsubscribeSync.store(looked_at=now, trouble=run.error, trouble_code=run.error_code)
    if not run.changed:
        run.delete()
        return None
    return run
