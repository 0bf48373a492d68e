"""The nightly look at every link, whatever the feeds told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from activities.reminders.models import Reminder
from syncing.reminder_sync.context import Context, chunks
from syncing.reminder_sync.folding import fold
from syncing.reminder_sync.incoming import links_read, look_again, read
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.salesforce import COLLECTION_MAX

State = ReminderLink.State

# For so long a deleted one is known again, and an undelete seen.
TOMBSTONES = timedelta(days=30)
# What was done before that hardly ever changes.
CLOSED = timedelta(days=30)
EVENTS = timedelta(days=180)


def reconcile(context: Context) -> None:
    """Read the tasks of all links but those closed long ago, and what was deleted lately."""
    links = links_read(context).exclude(task_id="").order_by("pk")
    is_recent = Q(reminder__state=Reminder.State.OPEN) | Q(
        reminder__updated_at__gt=context.now - CLOSED
    )
    look_again(links.filter(is_recent, state__in=[State.LINKED, State.LEFT]), context)
    deleted = links.filter(state__in=ReminderLink.DELETED_STATES)
    for chunk in chunks(deleted, COLLECTION_MAX):
        for link, task, people in read(chunk, context):
            fold(link, task, people, context)


def forget_old(*, now: datetime) -> None:
    ReminderLink.objects.filter(
        ended_at__lt=now - TOMBSTONES, state__in=ReminderLink.DELETED_STATES
    ).delete()
    ReminderEvent.objects.filter(happened_at__lt=now - EVENTS).delete()
