"""Every change of a reminder marks its link, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest
from django.dispatch import receiver

from activities.reminders.models import Reminder
from activities.reminders.signals import reminders_changed
from syncing.reminder_sync.echo import is_echo
from syncing.reminder_sync.models import ReminderLink, SyncedUser
from syncing.reminder_sync.tasks import sync_reminders

# What comes in soon after goes with the next tick.
NUDGE_EVERY = timedelta(seconds=5)
NUDGED = "reminder-sync-nudged"
# Deleting and skipping can be undone for so long, and there is no way back in Salesforce.
UNDO_WITHIN = timedelta(seconds=10)

State = Reminder.State


@receiver(reminders_changed, dispatch_uid="mark_reminder_links")
def mark_links(*, reminders: Sequence[Reminder], now: datetime, **_more: Any) -> None:
    news = [reminder for reminder in reminders if not is_echo(reminder.pk)]
    if not news:
        return
    links = ReminderLink.objects.filter(reminder__in=[reminder.pk for reminder in news])
    linked = set(links.values_list("reminder_id", flat=True))
    for reminder in news:
        if reminder.pk in linked:
            links.filter(reminder=reminder.pk, state__in=ReminderLink.SENT_STATES).update(
                edits=F("edits") + 1,
                is_dirty=_is_to_send(reminder),
                is_parked=False,
                attempts=0,
                retry_at=_retry_at(_send_from(reminder, now)),
            )
    made = _link_new([one for one in news if one.pk not in linked], now=now)
    if linked or made:
        transaction.on_commit(_send_tick, robust=True)


def _link_new(reminders: Sequence[Reminder], *, now: datetime) -> bool:
    """Those made since their owner's sync began; what is older stays here unless asked for."""
    owners = {reminder.owner_id for reminder in reminders}
    synced = SyncedUser.objects.filter(user__in=owners, is_on=True) if owners else ()
    started = {one.user_id: one.started_at for one in synced}
    links = [
        ReminderLink(reminder=reminder, is_dirty=True, retry_at=now)
        for reminder in reminders
        if reminder.owner_id in started
        and reminder.created_at >= started[reminder.owner_id]
        and reminder.state != State.DELETED
    ]
    ReminderLink.objects.bulk_create(links)
    return bool(links)


def _is_to_send(reminder: Reminder) -> Case:
    """Whose task was deleted is to have another only if it is to be done again."""
    is_open = reminder.state == State.OPEN
    deleted = When(state__in=ReminderLink.DELETED_STATES, then=Value(is_open))
    return Case(deleted, default=Value(True))


def _send_from(reminder: Reminder, now: datetime) -> datetime:
    may_be_undone = reminder.state in {State.DELETED, State.SKIPPED}
    return now + UNDO_WITHIN if may_be_undone else now


def _retry_at(send_from: datetime) -> Case:
    """What may still be made by the last call is not asked for again before that is known."""
    asked_for = When(is_uncertain=True, then=Greatest("retry_at", Value(send_from)))
    return Case(asked_for, default=Value(send_from))


def _send_tick() -> None:
    if cache.add(NUDGED, value=True, timeout=NUDGE_EVERY.total_seconds()):
        sync_reminders.apply_async(retry=False, expires=60)
