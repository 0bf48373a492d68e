"""Logging what is due: one writer at a time over each connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext as _

from people.session_locks import only_one
from syncing.delivery.claims import Claim, end_leases
from syncing.delivery.models import Destination
from syncing.errors import SyncError
from syncing.people_sync.work import Slice
from syncing.salesforce import SalesforceClient
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import main_connection
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.task_logging.claims import (
    claim_marks,
    claim_tasks,
    claim_uncertain,
    due_in_salesforce,
)
from syncing.task_logging.marking import Marker
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.own_tasks import split
from syncing.task_logging.roll_up import roll_up
from syncing.task_logging.services import cancel_unwanted
from syncing.task_logging.writer import Writer

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60
# The first half of the key of the advisory locks on connections.
WRITER_LOCK = 7_301


def sweep(*, now: datetime) -> bool:
    """Log what is due, for a minute at most; True when there is more to do right away.

    Any number of workers may do this at the same time. Calls nobody when nothing is due.
    """
    end_leases(settle_delay=timedelta(0), now=now, destination=Destination.SALESFORCE)
    cancel_unwanted(now=now)
    clock = Slice(now=now, seconds=SWEEP_SECONDS)
    for connection, actors in writers(now=now):
        if clock.is_over:
            return True
        with only_one(WRITER_LOCK, connection.pk) as is_mine:
            if is_mine:
                _sweep_connection(connection, actors, clock)
    return clock.is_over


def writers(*, now: datetime) -> list[tuple[SalesforceConnection, set[int]]]:
    """Connections that may be used, each with those whose activities it logs now.

    A seller's own, or the main one where that is none or cannot be used.
    """
    usable = {one.user_id: one for one in SalesforceConnection.objects.all() if one.is_usable(now)}
    waiting: dict[SalesforceConnection, set[int]] = defaultdict(set)
    without: set[int] = set()
    for actor in _actors_with_work(now):
        if writer := usable.get(actor) or usable.get(None):
            waiting[writer].add(actor)
        else:
            without.add(actor)
    _tell_why_nothing_moves(without, now=now)
    return list(waiting.items())


def _tell_why_nothing_moves(actors: set[int], *, now: datetime) -> None:
    """Those that have no connection which may be used."""
    if actors:
        main = main_connection()
        code, reason = (main.state_code, main.state_reason) if main else ("", "")
        due = due_in_salesforce(now=now).filter(activity__actor__in=actors, reason="")
        due.update(code=code, reason=reason or _("Salesforce is not connected."))


def _actors_with_work(now: datetime) -> set[int]:
    waiting = due_in_salesforce(now=now).values_list("activity__actor", flat=True)
    behind = LoggedTask.objects.filter(is_behind=True, deleted_at=None)
    actors = behind.values_list("delivery__activity__actor", flat=True)
    return {*waiting.distinct(), *actors.distinct()}


def _sweep_connection(connection: SalesforceConnection, actors: set[int], clock: Slice) -> None:
    """Errors of the connection are noted with it; what they struck waits."""
    run = _Run(connection, actors, clock)
    try:
        with calling(connection, now=clock.now) as client:
            run.log_tasks(client)
        # That somebody has opened an email may be late.
        with calling(connection, now=clock.now, importance=Importance.LOW) as client:
            run.mark_emails(client)
    except SyncError as error:
        log.warning("task_logging_held_up", reason=error.message, code=error.code)


class _Run:
    """One sweep over one connection."""

    def __init__(self, connection: SalesforceConnection, actors: set[int], clock: Slice) -> None:
        self._connection = connection
        self._actors = actors
        self._clock = clock
        self._settings = SalesforceSettings.load()
        self._written: set[str] = set()

    def log_tasks(self, client: SalesforceClient) -> None:
        writer = self._writer(client)
        while claim := self._next(claim_uncertain):
            writer.look_up(claim)
        while claim := self._next(claim_tasks):
            self._do(claim, client)

    def mark_emails(self, client: SalesforceClient) -> None:
        while claim := self._next(claim_marks):
            self._do(claim, client)
        if LoggedTask.objects.filter(
            is_behind=True, delivery__activity__actor__in=self._actors
        ).exists():
            self._marker(client).catch_up(self._actors)
        if self._settings.writes_most_recent:
            roll_up(client, self._connection, self._written)

    def _do(self, claim: Claim, client: SalesforceClient) -> None:
        own, marking = split(claim.deliveries, self._settings)
        if own:
            self._writer(client).log_activities(claim, own)
        if marking:
            self._marker(client).mark(claim, marking)

    def _next(self, claim_next: Callable[..., Claim | None]) -> Claim | None:
        if self._clock.is_over:
            return None
        return claim_next(actors=self._actors, now=self._clock.now)

    def _writer(self, client: SalesforceClient) -> Writer:
        return Writer(client, self._connection, self._settings, self._clock, self._written)

    def _marker(self, client: SalesforceClient) -> Marker:
        return Marker(client, self._connection, self._clock)
