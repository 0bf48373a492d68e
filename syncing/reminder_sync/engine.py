"""One cycle of the sync: take in what changed there, then send what changed here."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import connection as database
from django.db.models import Exists, OuterRef, Q

from syncing.errors import SyncError
from syncing.reminder_sync.context import Context, chunks
from syncing.reminder_sync.incoming import poll, replicate
from syncing.reminder_sync.models import ReminderLink, ReminderSync, SyncedUser
from syncing.reminder_sync.outgoing import send
from syncing.reminder_sync.reconcile import forget_old, reconcile
from syncing.reminder_sync.users import by_salesforce_id, keep_users, synced_users
from syncing.salesforce import COLLECTION_MAX
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import connections, main_connection

log = structlog.get_logger(__name__)

ENGINE_LOCK = 7_402_006
POLL_EVERY = timedelta(seconds=60)
REPLICATE_EVERY = timedelta(minutes=5)
# Salesforce tells of deletions for 15 days; whoever comes later looks at everything.
REPLICATED_AT_MOST = timedelta(days=14)
RECONCILE_EVERY = timedelta(hours=24)
# What is left is sent by the next tick.
SEND_SECONDS = 120

State = ReminderLink.State


@dataclass(slots=True)
class Cycle:
    """What a cycle did, by what it was, and what kept it from doing more."""

    tally: Counter[str] = field(default_factory=Counter)
    troubles: list[SyncError] = field(default_factory=list)


def sync(*, now: datetime, polls: bool | None = None) -> Cycle | None:
    """Do what is due, or with `polls` look at Salesforce in any case; None while another does it.

    No transaction may be around it.
    """
    with _only_one() as is_mine:
        if not is_mine:
            return None
        began_again = keep_users(now=now)
        if not SyncedUser.objects.filter(is_on=True).exists():
            return Cycle()
        return _Cycle(now=now).run(polls=polls, reconciles=began_again)


@contextmanager
def _only_one() -> Iterator[bool]:
    """A lock of the database session: it is gone with the worker, however that ends."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ENGINE_LOCK])
        (is_mine,) = cursor.fetchone()
    try:
        yield is_mine
    finally:
        if is_mine:
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ENGINE_LOCK])


class _Cycle:
    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._state = ReminderSync.load()
        self._synced = list(synced_users())
        self._users = by_salesforce_id(self._synced)
        self._cycle = Cycle()
        self._calls = 0

    def run(self, *, polls: bool | None, reconciles: bool) -> Cycle:
        is_due = self._is_due(self._state.polled_at, POLL_EVERY) if polls is None else polls
        if is_due:
            for connection, synced in self._readers():
                self._read(connection, synced, reconciles=reconciles)
            ReminderSync.store(polled_at=self._now)
        self._send()
        self._note_trouble(has_polled=is_due)
        self._cycle.tally["calls"] = self._calls
        return self._cycle

    # In

    def _readers(self) -> Iterator[tuple[SalesforceConnection, list[SyncedUser]]]:
        """The main connection sees everybody's tasks; without it each user's own."""
        main = main_connection()
        if main and main.is_usable(self._now):
            yield main, self._synced
            return
        own = {one.user_id: one for one in connections() if one.is_usable(self._now)}
        for one in self._synced:
            if one.user_id in own:
                yield own[one.user_id], [one]

    def _read(
        self, connection: SalesforceConnection, synced: list[SyncedUser], *, reconciles: bool
    ) -> None:
        with self._calling(connection, by_salesforce_id(synced)) as context:
            since = min(one.read_until for one in synced)
            read_until = poll(context, since=since)
            SyncedUser.objects.filter(pk__in=[one.pk for one in synced]).update(
                read_until=read_until
            )
            self._look_around(context, reconciles=reconciles)

    def _look_around(self, context: Context, *, reconciles: bool) -> None:
        """What the poll does not see."""
        since = self._state.replicated_until
        is_lost = since is None or self._now - since > REPLICATED_AT_MOST
        is_nightly = self._is_due(self._state.reconciled_at, RECONCILE_EVERY)
        if reconciles or is_lost or is_nightly:
            reconcile(context)
            forget_old(now=self._now)
            begins = self._now + context.lead - POLL_EVERY
            ReminderSync.store(reconciled_at=self._now, replicated_until=begins)
        elif since and self._is_due(since, REPLICATE_EVERY):
            ReminderSync.store(replicated_until=replicate(context, since=since))

    def _is_due(self, last: datetime | None, every: timedelta) -> bool:
        return last is None or self._now - last >= every

    # Out

    def _send(self) -> None:
        stops_at = time.monotonic() + SEND_SECONDS
        for connection, links in self._by_connection().items():
            with self._calling(connection, self._users) as context:
                for chunk in chunks(links, COLLECTION_MAX):
                    if time.monotonic() < stops_at:
                        send(chunk, context)

    def _by_connection(self) -> Mapping[SalesforceConnection, list[ReminderLink]]:
        """Each seller's over their own connection, or over the main one."""
        usable = [one for one in connections() if one.is_usable(self._now)]
        own = {one.user_id: one for one in usable if one.user_id}
        main = next((one for one in usable if one.is_main), None)
        found: dict[SalesforceConnection, list[ReminderLink]] = defaultdict(list)
        for link in self._due().iterator():
            connection = own.get(self._whose(link)) or main
            if connection:
                found[connection].append(link)
        return found

    def _due(self) -> Any:
        states = [State.WAITING, State.LINKED, *ReminderLink.DELETED_STATES]
        syncs = SyncedUser.objects.filter(user=OuterRef("reminder__owner"), is_on=True)
        due = ReminderLink.objects.filter(
            Q(retry_at=None) | Q(retry_at__lte=self._now),
            Exists(syncs) | Q(owner_id__in=self._users.keys()),
            is_dirty=True,
            is_parked=False,
            state__in=states,
        )
        return due.select_related("reminder__owner", "reminder__person").order_by("pk")

    def _whose(self, link: ReminderLink) -> int:
        """Who may write the task: whoever has it there."""
        owner = self._users.get(link.owner_id) or link.reminder.owner
        return int(owner.pk)

    # Both

    @contextmanager
    def _calling(
        self, connection: SalesforceConnection, users: Mapping[str, Any]
    ) -> Iterator[Context]:
        """What fails over one connection does not keep the others from their work."""
        calls = 0
        try:
            with calling(connection, now=self._now) as client:
                try:
                    yield Context.of(client, users, self._cycle.tally, now=self._now)
                finally:
                    calls = client.calls
        except SyncError as error:
            self._cycle.troubles.append(error)
            log.warning("reminders_not_synced", reason=error.message, code=error.code)
        self._calls += calls

    def _note_trouble(self, *, has_polled: bool) -> None:
        first = next(iter(self._cycle.troubles), None)
        if first:
            ReminderSync.store(trouble=first.message, trouble_code=first.code)
        elif has_polled and self._state.trouble:
            ReminderSync.store(trouble="", trouble_code="")
