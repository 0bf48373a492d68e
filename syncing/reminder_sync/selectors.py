"""How the sync of reminders stands."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from syncing.reminder_sync.models import ReminderEvent, ReminderLink

State = ReminderLink.State


class Standing(NamedTuple):
    linked: int
    # To be sent, without those that were refused.
    waiting: int
    parked: int


def standing() -> Standing:
    return Standing(
        **ReminderLink.objects.aggregate(
            linked=Count("pk", filter=Q(state=State.LINKED)),
            waiting=Count("pk", filter=Q(is_dirty=True, is_parked=False)),
            parked=Count("pk", filter=Q(is_parked=True)),
        )
    )


def conflicts() -> QuerySet[ReminderEvent]:
    """What was lost where both sides changed a field, the latest first."""
    found = ReminderEvent.objects.filter(kind=ReminderEvent.Kind.CONFLICT)
    return found.select_related("link__reminder__owner").order_by("-happened_at", "-pk")


def events_of(reminder_id: int) -> QuerySet[ReminderEvent]:
    found = ReminderEvent.objects.filter(link__reminder=reminder_id)
    return found.order_by("-happened_at", "-pk")
