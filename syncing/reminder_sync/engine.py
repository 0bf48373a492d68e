"""One cycle of the sync: take in what changed there, then send what changed here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from activities.reminders.models import Reminder
from people.session_locks import only_one
from syncing.errors import SyncError
from syncing.reminder_sync.context import Context
from syncing.reminder_sync.folding import is_to_go
from syncing.reminder_sync.incoming import poll, replicate
from syncing.reminder_sync.models import ReminderLink, ReminderSync, SyncedUser
from syncing.reminder_sync.outgoing import Sent, create, delete, prepare, start_again, update
from syncing.reminder_sync.reconcile import forget_old, reconcile
from syncing.reminder_sync.shape import forget_shape
from syncing.reminder_sync.users import by_salesforce_id, keep_users, synced_users
from syncing.salesforce import Verdict, rule_for
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
# In one cycle; the next is soon.
MOST_SENT = 5_000

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
    with only_one(ENGINE_LOCK) as is_mine:
        if not is_mine:
            return None
        keep_users(now=now)
        if not SyncedUser.objects.filter(is_on=True).exists():
            return Cycle()
        return _Cycle(now=now).run(polls=polls)


class _Cycle:
    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._state = ReminderSync.load()
        self._synced = list(synced_users())
        self._users = by_salesforce_id(self._synced)
        self._cycle = Cycle()

    def run(self, *, polls: bool | None) -> Cycle:
        is_due = self._is_due(self._state.polled_at, POLL_EVERY) if polls is None else polls
        if is_due:
            for connection, synced in self._readers():
                self._over(connection, by_salesforce_id(synced), partial(self._read, synced))
            ReminderSync.store(polled_at=self._now)
        self._send()
        self._note_trouble(has_polled=is_due)
        return self._cycle

    # In

    def _readers(self) -> Iterator[tuple[SalesforceConnection, list[SyncedUser]]]:
        """The main connection sees everybody's tasks; without it each user's own."""
        main = main_connection()
        if main and main.is_usable(self._now):
            yield main, self._synced
            return
        own = {one.user_id: one for one in self._usable()}
        for one in self._synced:
            if one.user_id in own:
                yield own[one.user_id], [one]

    def _read(self, synced: list[SyncedUser], context: Context) -> None:
        since = min(one.read_until for one in synced)
        read_until = poll(context, since=since)
        self._came_to(synced, read_until=read_until)
        self._look_around(synced, context)

    def _look_around(self, synced: list[SyncedUser], context: Context) -> None:
        """What the poll does not see."""
        since = min(one.replicated_until for one in synced)
        is_lost = self._now - since > REPLICATED_AT_MOST
        if is_lost or any(self._is_due(one.reconciled_at, RECONCILE_EVERY) for one in synced):
            reconcile(context)
            forget_old(now=self._now)
            begins = self._now + context.lead - POLL_EVERY
            self._came_to(synced, reconciled_at=self._now, replicated_until=begins)
        elif self._is_due(since, REPLICATE_EVERY):
            self._came_to(synced, replicated_until=replicate(context, since=since))

    def _came_to(self, synced: list[SyncedUser], **so_far: datetime) -> None:
        """For whom it was read, and no others: each reader goes on from where it was."""
        SyncedUser.objects.filter(pk__in=[one.pk for one in synced]).update(**so_far)

    def _is_due(self, last: datetime | None, every: timedelta) -> bool:
        return last is None or self._now - last >= every

    # Out

    def _send(self) -> None:
        """Read over few connections, then write over each seller's own."""
        links = [self._revived(link) for link in self._due()[:MOST_SENT]]
        if not links:
            return
        sent: list[Sent] = []
        for connection, synced in self._readers():
            users = by_salesforce_id(synced)
            linked = [link for link in links if self._is_read_by(link, users)]
            if linked:
                self._over(connection, users, partial(self._prepare, linked, sent))
        for connection, work in self._by_connection(links, sent).items():
            self._over(connection, self._users, work.write)

    def _revived(self, link: ReminderLink) -> ReminderLink:
        """A reminder that came back after its task was deleted is to have a new one."""
        is_back = link.reminder.state == Reminder.State.OPEN
        if link.state in ReminderLink.DELETED_STATES and is_back:
            return start_again(link, self._now)
        return link

    def _is_read_by(self, link: ReminderLink, users: Mapping[str, Any]) -> bool:
        is_theirs = link.owner_id in users or link.reminder.owner in users.values()
        return is_theirs and link.state == State.LINKED

    def _prepare(self, links: list[ReminderLink], sent: list[Sent], context: Context) -> None:
        staying = [link for link in links if not is_to_go(link.reminder, context)]
        sent.extend(prepare(staying, context))

    def _by_connection(
        self, links: list[ReminderLink], sent: list[Sent]
    ) -> Mapping[SalesforceConnection, _Work]:
        usable = self._usable()
        own = {one.user_id: one for one in usable if one.user_id}
        main = next((one for one in usable if one.is_main), None)
        found: dict[SalesforceConnection, _Work] = defaultdict(_Work)
        for one in sent:
            if connection := own.get(self._whose(one.link)) or main:
                found[connection].updates.append(one)
        for link in links:
            if connection := own.get(self._whose(link)) or main:
                found[connection].links.append(link)
        return found

    def _due(self) -> QuerySet[ReminderLink]:
        syncs = SyncedUser.objects.filter(user=OuterRef("reminder__owner"), is_on=True)
        due = ReminderLink.objects.filter(
            Q(retry_at=None) | Q(retry_at__lte=self._now),
            Exists(syncs) | Q(owner_id__in=self._users.keys()),
            self._can_be_written(),
            is_dirty=True,
            is_parked=False,
            state__in=ReminderLink.SENT_STATES,
        )
        return due.select_related("reminder__owner", "reminder__person").order_by("pk")

    def _can_be_written(self) -> Q:
        """Everybody's tasks over the main connection; without it those of who has their own."""
        usable = self._usable()
        if any(one.is_main for one in usable):
            return Q()
        own = {one.user_id for one in usable}
        known = {owner_id: user.pk in own for owner_id, user in self._users.items()}
        by_task = Q(owner_id__in=[owner_id for owner_id, is_own in known.items() if is_own])
        return by_task | (Q(reminder__owner__in=own) & ~Q(owner_id__in=known))

    def _usable(self) -> list[SalesforceConnection]:
        return [one for one in connections() if one.is_usable(self._now)]

    def _whose(self, link: ReminderLink) -> int:
        """Who may write the task: whoever has it there."""
        owner = self._users.get(link.owner_id) or link.reminder.owner
        return int(owner.pk)

    # Both

    def _over(
        self,
        connection: SalesforceConnection,
        users: Mapping[str, Any],
        work: Callable[[Context], None],
    ) -> None:
        """What fails over one connection does not keep the others from their work."""
        try:
            with calling(connection, now=self._now) as client:
                try:
                    work(Context.of(client, connection, users, self._cycle.tally, now=self._now))
                finally:
                    self._cycle.tally["calls"] += client.calls
        except SyncError as error:
            if rule_for(error.code, error.message).verdict is Verdict.SCHEMA:
                forget_shape(connection)
            self._cycle.troubles.append(error)
            log.warning("reminders_not_synced", reason=error.message, code=error.code)

    def _note_trouble(self, *, has_polled: bool) -> None:
        first = next(iter(self._cycle.troubles), None)
        if first:
            ReminderSync.store(trouble=first.message, trouble_code=first.code)
        elif has_polled and self._state.trouble:
            ReminderSync.store(trouble="", trouble_code="")


@dataclass(slots=True)
class _Work:
    """What is written over one connection."""

    updates: list[Sent] = field(default_factory=list)
    links: list[ReminderLink] = field(default_factory=list)

    def write(self, context: Context) -> None:
        if self.updates:
            update(self.updates, context)
        linked = [link for link in self.links if link.state == State.LINKED]
        delete([link for link in linked if is_to_go(link.reminder, context)], context)
        create([link for link in self.links if link.state == State.WAITING], context)
