"""How much goes on with each person, counted; only activities may add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from people.models import PersonEngagement

COUNTERS = ("events", "activities", "calls", "emails", "views", "clicks", "replies", "campaigns")

_NAMES = ", ".join(COUNTERS)
_VALUES = ", ".join(["%s"] * (len(COUNTERS) + 2))
_SUMS = ", ".join(f"{name} = engagement.{name} + excluded.{name}" for name in COUNTERS)


@dataclass(frozen=True, slots=True)
class Engagement:
    """What to add for one person: counts by name of the counter, and when the latest was."""

    counts: Mapping[str, int]
    last_activity_at: datetime


def add_engagement(by_person: Mapping[int, Engagement]) -> None:
    """Add to the counters of these people, in the caller's transaction."""
    # In the order of the key, so that two transactions never wait for each other in a circle.
    ordered = sorted(by_person.items())
    rows = ", ".join([f"({_VALUES})"] * len(ordered))
    values: list[int | datetime] = []
    for person_id, added in ordered:
        values += [person_id, *(added.counts.get(name, 0) for name in COUNTERS)]
        values.append(added.last_activity_at)
    table = PersonEngagement._meta.db_table  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS engagement (person_id, {_NAMES}, last_activity_at)"  # noqa: S608
            f" VALUES {rows} ON CONFLICT (person_id) DO UPDATE SET {_SUMS}, last_activity_at ="
            " GREATEST(engagement.last_activity_at, excluded.last_activity_at)",
            values,
        )
