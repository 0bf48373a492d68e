"""What people do with the sync: start, pause, resume, cancel, ask for a cycle or an estimate."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from syncing.connections import client_for, describe
from syncing.errors import SyncError
from syncing.marketo import Priority
from syncing.models import FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.created_at import count_windows
from syncing.people_sync.fields import api_names
from syncing.people_sync.id_sweep import PAGE
from syncing.people_sync.mapping import LeadReader
from syncing.people_sync.outcomes import fall_back
from syncing.people_sync.strategy import choose_strategy
from syncing.people_sync.survey import Survey, survey_leads
from syncing.tasks import nudge

Kind = SyncRun.Kind
State = SyncRun.State
Strategy = SyncRun.Strategy
SyncState = MarketoConnection.SyncState

# For estimates: what the budget allows, and what one worker writes.
CALLS_PER_SECOND = 4.5
PEOPLE_PER_SECOND = 20_000
CALLS_PER_EXPORT = 5
POLLS_PER_EXPORT = 2


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a full run is about to find and to cost."""

    people: int
    api_calls: int
    seconds: int
    strategy: SyncRun.Strategy


@transaction.atomic
def start_initial_sync(*, requested_by: AbstractBaseUser | None, now: datetime) -> SyncRun:
    """Have everybody read from Marketo; returns the run, which may have been open already.

    It does all that an open reconcile was to do, and takes its place.
    """
    marketo = MarketoConnection.objects.select_for_update().get()
    open_run = SyncRun.objects.filter(kind=Kind.INITIAL, state__in=SyncRun.OPEN_STATES).first()
    marketo.sync_state = SyncState.LIVE if FeedCursor.objects.exists() else SyncState.INITIAL
    marketo.save(update_fields=["sync_state"])
    nudge()
    if open_run is None:
        reconcile = SyncRun.objects.filter(kind=Kind.RECONCILE, state__in=SyncRun.OPEN_STATES)
        reconcile.update(state=State.CANCELLED, finished_at=now, resume_at=None)
    _reopen(SyncRun.objects.filter(state=State.PAUSED))
    if open_run:
        open_run.refresh_from_db()
        return open_run
    return SyncRun.objects.create(
        kind=Kind.INITIAL, requested_by_id=requested_by.pk if requested_by else None, started_at=now
    )


@transaction.atomic
def pause_sync() -> None:
    """Let everything rest, the change feeds too, until somebody resumes it."""
    MarketoConnection.objects.exclude(sync_state=SyncState.OFF).update(sync_state=SyncState.PAUSED)
    open_runs = SyncRun.objects.filter(state__in=[State.RUNNING, State.WAITING])
    open_runs.update(state=State.PAUSED, resume_at=None)


@transaction.atomic
def resume_sync() -> bool:
    """Go on where the sync was paused; False if it was not."""
    is_live = FeedCursor.objects.exists()
    paused = SyncRun.objects.filter(state=State.PAUSED)
    state = SyncState.LIVE if is_live else SyncState.INITIAL if paused else SyncState.OFF
    was_paused = MarketoConnection.objects.filter(sync_state=SyncState.PAUSED).update(
        sync_state=state
    )
    _reopen(paused)
    nudge()
    return bool(was_paused)


def cancel_run(*, run: SyncRun, now: datetime) -> None:
    """End an open run for good; what it has written stays."""
    with transaction.atomic():
        marketo = MarketoConnection.objects.select_for_update().first()
        open_run = SyncRun.objects.filter(pk=run.pk, state__in=SyncRun.OPEN_STATES)
        if not open_run.update(state=State.CANCELLED, finished_at=now, resume_at=None):
            return
        if marketo:
            fall_back(marketo)
    run.refresh_from_db()
    _cancel_export(run)


def request_cycle(*, now: datetime) -> None:
    """Have the change feeds read now instead of at their next time."""
    MarketoConnection.objects.update(next_cycle_at=now)
    nudge()


def estimate(*, connection: MarketoConnection, now: datetime) -> Estimate:
    """Ask Marketo a few dozen questions. Raises SyncError."""
    with client_for(connection, Priority.INTERACTIVE) as client:
        describe(connection, client, now=now)
        names = api_names(connection)
        survey = survey_leads(client, LeadReader(names), list(names.values()), now=now)
    strategy = choose_strategy(connection, survey)
    exports = _exports(strategy, survey, now=now)
    calls = exports * CALLS_PER_EXPORT + survey.people // PAGE
    if strategy == Strategy.ID_SWEEP:
        calls += survey.highest_id // PAGE
    waits = exports * POLLS_PER_EXPORT * settings.MARKETO_EXPORT_POLL_SECONDS
    seconds = calls / CALLS_PER_SECOND + survey.people / PEOPLE_PER_SECOND + waits
    return Estimate(survey.people, calls, round(seconds), strategy)


def _exports(strategy: SyncRun.Strategy, survey: Survey, *, now: datetime) -> int:
    if strategy == Strategy.SMART_LIST:
        return 1
    if strategy == Strategy.CREATED_AT:
        return count_windows(survey.oldest, now=now)
    return 0


def _reopen(paused: models.QuerySet[SyncRun]) -> None:
    paused.update(state=State.RUNNING, error="", error_code="")


def _cancel_export(run: SyncRun) -> None:
    """Spare Marketo the work; if it cannot be reached, the export is made for nobody."""
    marketo = MarketoConnection.objects.first()
    job = run.checkpoint.get("export")
    if marketo and job:
        with suppress(SyncError), client_for(marketo, Priority.INTERACTIVE) as client:
            client.cancel_lead_export(job["id"])
