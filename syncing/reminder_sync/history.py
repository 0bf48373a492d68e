"""What is remembered of a link's changes, and the guard that reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count

from syncing.reminder_sync.merge import Conflict, Side, Values
from syncing.reminder_sync.models import ReminderEvent, ReminderLink

Kind = ReminderEvent.Kind

# So often within so long from alternating sides, and something there fights with something here.
MOST_TURNS = 6
TURNS_WITHIN = timedelta(minutes=10)


def event(link: ReminderLink, kind: ReminderEvent.Kind, side: Side, *, now: datetime) -> None:
    events([link], kind, side, now=now)


def events(
    links: Iterable[ReminderLink], kind: ReminderEvent.Kind, side: Side, *, now: datetime
) -> None:
    ReminderEvent.objects.bulk_create(
        ReminderEvent(link=link, kind=kind, side=side, happened_at=now) for link in links
    )


def changes(
    link: ReminderLink, side: Side, before: Values, changed: Mapping[str, Any], *, now: datetime
) -> list[ReminderEvent]:
    """What came from a side and was applied on the other; to be stored."""
    return [
        ReminderEvent(
            link=link,
            kind=Kind.CHANGED,
            side=side,
            field=name,
            before=str(getattr(before, name)),
            after=str(value),
            happened_at=now,
        )
        for name, value in changed.items()
    ]


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


def kept(link: ReminderLink, changes: Mapping[str, Any], *, now: datetime) -> None:
    """What could be changed here only; the same is said once, however often it is tried."""
    before: Mapping[str, Any] = link.shadow or {}
    for name, value in changes.items():
        same = {"kind": Kind.KEPT, "side": Side.HERE, "field": name, "after": str(value)}
        news = {"before": str(before.get(name, "")), "happened_at": now}
        link.events.get_or_create(**same, defaults=news)


def keeps_changing_back(link: ReminderLink, fields: Iterable[str], *, now: datetime) -> bool:
    """Whether one of the fields was changed in turns by both sides too often to go on.

    Since a person last had it go on, if it was stopped for that before.
    """
    recent = link.events.filter(
        kind__in=[Kind.CHANGED, Kind.FROZEN], happened_at__gt=now - TURNS_WITHIN
    ).order_by("happened_at", "pk")
    sides: dict[str, list[str]] = {name: [] for name in fields}
    for event in recent:
        if event.kind == Kind.FROZEN:
            sides = {name: [] for name in sides}
        elif event.field in sides:
            sides[event.field].append(event.side)
    return any(sum(1 for _side in groupby(found)) >= MOST_TURNS for found in sides.values())


def contested(*, now: datetime) -> set[int]:
    """The links of which both sides have changed something lately, and might fight over it."""
    recent = ReminderEvent.objects.filter(kind=Kind.CHANGED, happened_at__gt=now - TURNS_WITHIN)
    both = recent.values("link").annotate(sides=Count("side", distinct=True)).filter(sides=2)
    return set(both.values_list("link", flat=True))
