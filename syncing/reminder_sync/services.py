"""Beginning and ending the sync, and what a person decides about a reminder that is stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from activities.reminders.models import Reminder
from syncing.errors import Misconfigured
from syncing.reminder_sync import history
from syncing.reminder_sync.context import chunks
from syncing.reminder_sync.incoming import IMPORTED, OVERLAP
from syncing.reminder_sync.merge import Side
from syncing.reminder_sync.models import ReminderEvent, ReminderLink, ReminderSync
from syncing.reminder_sync.outgoing import start_again
from syncing.reminder_sync.shape import shape_of
from syncing.reminder_sync.users import keep_users, read_from, synced_users
from syncing.salesforce import Record, format_soql, to_18
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.selectors import main_connection
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.salesforce_settings.services import change_settings

State = ReminderLink.State

SAMPLE = 10
PAGE = 2_000
_SHOWN = ("Id", "OwnerId", "Subject", "ActivityDate", "Owner.Name", "Who.Name")


@dataclass(frozen=True, slots=True)
class Import:
    """What would come in when the sync begins: how much for whom, and the latest of it."""

    counts: tuple[tuple[Any, int], ...]
    sample: tuple[Record, ...]

    @property
    def total(self) -> int:
        return sum(count for _user, count in self.counts)


def users_to_begin() -> QuerySet[Any]:
    """For whom the sync would begin: all who are known in Salesforce and have not opted out."""
    users = get_user_model().objects.filter(is_active=True).exclude(salesforce_user_id="")
    if not SalesforceSettings.load().is_enforced:
        users = users.exclude(salesforce_settings__sync_reminders=False)
    return users.order_by("first_name", "last_name", "email")


def preview_import(*, window: int, now: datetime) -> Import:
    """Ask Salesforce, a call for 2,000 tasks; raises SyncError. No transaction may be around it."""
    users = {to_18(user.salesforce_user_id): user for user in users_to_begin()}
    counts: Counter[str] = Counter()
    sample: list[Record] = []
    if users:
        since = read_from(users.values(), now - ReminderSync(window=window).reach)
        for task in _would_come(sorted(users), since - OVERLAP, now=now):
            counts[to_18(task["OwnerId"])] += 1
            sample.extend([task] if len(sample) < SAMPLE else [])
    return Import(tuple((user, counts[pk]) for pk, user in users.items()), tuple(sample))


def _would_come(owners: list[str], since: datetime, *, now: datetime) -> Iterator[Record]:
    """The open tasks that no reminder belongs to, the latest first."""
    connection = main_connection()
    if connection is None:
        raise Misconfigured(_("Salesforce is not connected."), setting="connection")
    with calling(connection, now=now) as client:
        shape = shape_of(client, connection)
        soql = format_soql(
            f"SELECT {','.join((*_SHOWN, *shape.marks))} FROM Task WHERE {IMPORTED}"  # noqa: S608 - names
            " AND IsClosed = false AND SystemModstamp >= {since} ORDER BY SystemModstamp DESC",
            owners=owners,
            since=since,
        )
        for tasks in chunks(client.query(soql), PAGE):
            ids = [to_18(task["Id"]) for task in tasks]
            known = ReminderLink.objects.filter(task_id__in=ids)
            linked = set(known.values_list("task_id", flat=True))
            for task_id, task in zip(ids, tasks, strict=True):
                if task_id not in linked and not shape.key_of(task):
                    yield task


def existing_reminders() -> QuerySet[Reminder]:
    """The open ones, of those for whom the sync would begin, that no task belongs to."""
    open_ones = Reminder.objects.filter(state=Reminder.State.OPEN, salesforce_link=None)
    return open_ones.filter(owner__in=users_to_begin())


@transaction.atomic
def begin(*, window: int, sends_existing: bool, by: Any, now: datetime) -> int:
    """Sync from now on, for everybody who has not opted out; how many reminders are sent."""
    ReminderSync.store(window=window, polled_at=None)
    count = send_existing(now=now) if sends_existing else 0
    change_settings(changes={"sync_reminders": True}, by=by, now=now)
    keep_users(now=now)
    return count


def stop_for_all(*, by: Any, now: datetime) -> None:
    """What is linked stays linked, so that it can go on later; nothing is deleted anywhere."""
    change_settings(changes={"sync_reminders": False}, by=by, now=now)


def send_existing(*, now: datetime) -> int:
    """Have the open reminders from before the sync sent, too."""
    links = [
        ReminderLink(reminder_id=pk, is_dirty=True, retry_at=now)
        for pk in existing_reminders().values_list("pk", flat=True)
    ]
    return len(ReminderLink.objects.bulk_create(links, ignore_conflicts=True))


# What a person decides


def in_trouble() -> QuerySet[ReminderLink]:
    """What was refused or needs a decision (`is_parked`), and what waits for a reason."""
    waits = Q(is_dirty=True) & ~Q(reason="")
    return ReminderLink.objects.filter(Q(is_parked=True) | waits)


@transaction.atomic
def retry(rows: QuerySet[ReminderLink], *, now: datetime) -> int:
    """Send them now; a task that was deleted there is made again, a stopped one goes on."""
    links = list(rows.select_for_update(of=("self",)))
    for link in links:
        if link.state == State.CONFLICT:
            start_again(link, now)
            continue
        if link.state == State.FROZEN:
            link.state = State.LINKED
        link.is_dirty, link.is_parked, link.attempts = True, False, 0
        link.retry_at, link.code, link.reason = now, "", ""
        link.save()
    return len(links)


@transaction.atomic
def ignore(rows: QuerySet[ReminderLink], *, by: str, reason: str, now: datetime) -> int:
    """Leave the reminder and its task as they are, apart from now on."""
    links = list(rows.filter(is_parked=True).select_for_update(of=("self",)))
    words = _("%(reason)s (%(by)s)") % {"reason": reason, "by": by}
    for link in links:
        history.event(link, ReminderEvent.Kind.LEFT, Side.HERE, now=now)
        link.state, link.ended_at = State.IGNORED, None
        link.is_dirty = link.is_parked = False
        link.code, link.reason = "", words
        link.save()
    return len(links)


def is_on() -> bool:
    return synced_users().exists()
