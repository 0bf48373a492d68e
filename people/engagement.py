"""How much goes on with each person, counted; only activities may add to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from people.models import Person, PersonEngagement

COUNTERS = ("events", "activities", "calls", "emails", "views", "clicks", "replies", "campaigns")

_TABLE = PersonEngagement._meta.db_table  # noqa: SLF001
_NAMES = ", ".join(COUNTERS)
_ARRAYS = ", ".join(f"%({name})s::integer[]" for name in COUNTERS)
_TOTALS = ", ".join(f"sum(added.{name})" for name in COUNTERS)
_ADD_UP = f"""
ON CONFLICT (person_id) DO UPDATE SET
    {", ".join(f"{name} = engagement.{name} + excluded.{name}" for name in COUNTERS)},
    last_activity_at = GREATEST(engagement.last_activity_at, excluded.last_activity_at)
"""
# In the order of the key, so that two transactions never wait for each other in a circle.
_ADD = f"""
INSERT INTO {_TABLE} AS engagement (person_id, {_NAMES}, last_activity_at)
SELECT coalesce(person.merged_into_id, person.id), {_TOTALS}, max(added.last_activity_at)
FROM unnest(%(id)s::bigint[], {_ARRAYS}, %(last_activity_at)s::timestamptz[])
    AS added (id, {_NAMES}, last_activity_at)
JOIN people_person AS person USING (id) GROUP BY 1 ORDER BY 1 {_ADD_UP}
"""  # noqa: S608
_HAND_OVER = f"""
WITH handed_over AS (DELETE FROM {_TABLE} WHERE person_id = %(loser)s RETURNING *)
INSERT INTO {_TABLE} AS engagement (person_id, {_NAMES}, last_activity_at)
SELECT %(winner)s, {_NAMES}, last_activity_at FROM handed_over {_ADD_UP}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Engagement:
    """What to add for one person: counts by name of the counter, and when the latest was."""

    counts: Mapping[str, int]
    last_activity_at: datetime


def add_engagement(by_person: Mapping[int, Engagement]) -> None:
    """Add to the counters of these people, or of who they were merged into.

    In the caller's transaction.
    """
    added = by_person.values()
    counts = {name: [one.counts.get(name, 0) for one in added] for name in COUNTERS}
    latest = [one.last_activity_at for one in added]
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"id": list(by_person), "last_activity_at": latest, **counts})


def hand_engagement_over(*, loser: Person, winner: Person) -> None:
    """What went on with somebody counts for who they were merged into."""
    with connection.cursor() as cursor:
        cursor.execute(_HAND_OVER, {"loser": loser.pk, "winner": winner.pk})
