"""What is remembered of a link's changes, and the guard that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Max

from syncing.reminder_sync.merge import Conflict, Side, Values
from syncing.reminder_sync.models import ReminderEvent, ReminderLink

Kind = ReminderEvent.Kind

# So often within so long from alternating sides, and something there fights with something here.
MOST_TURNS = 6
TURNS_WITHIN = timedelta(minutes=10)


def event(link: ReminderLink, kind: ReminderEvent.Kind, side: Side, *, now: datetime) -> None:
    ReminderEvent.objects.create(link=link, kind=kind, side=side, happened_at=now)


def changed(
    link: ReminderLink, side: Side, before: Values, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """What came from a side and was applied on the other."""
    ReminderEvent.objects.bulk_create(
        ReminderEvent(
            link=link,
            kind=Kind.CHANGED,
            side=side,
            field=name,
            before=str(getattr(before, name)),
            after=str(value),
            happened_at=now,
        )
        for name, value in changes.items()
    )


def lost(
    link: ReminderLink, conflicts: Iterable[Conflict], values: Values, *, now: datetime
) -> None:
    ReminderEvent.objects.bulk_create(
        ReminderEvent(
            link=link,
            kind=Kind.CONFLICT,
            side=conflict.winner,
            field=conflict.field,
            before=str(conflict.lost),
            after=str(getattr(values, conflict.field)),
            happened_at=now,
        )
        for conflict in conflicts
    )


def keeps_changing_back(link: ReminderLink, fields: Iterable[str], *, now: datetime) -> bool:
    """Whether one of the fields was changed in turns by both sides too often to go on.

    Since a person last had it go on, if it was stopped for that before.
    """
    stopped = link.events.filter(kind=Kind.FROZEN).aggregate(pk=Max("pk"))["pk"] or 0
    recent = link.events.filter(
        kind=Kind.CHANGED,
        field__in=list(fields),
        happened_at__gt=now - TURNS_WITHIN,
        pk__gt=stopped,
    ).order_by("field", "happened_at", "pk")
    return any(
        sum(1 for _side in groupby(events, key=lambda one: one.side)) >= MOST_TURNS
        for _field, events in groupby(recent, key=lambda one: one.field)
    )
