"""The list of leads whose current values must be read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection

from people.models import Person
from syncing.models import DirtyLead

MARK = """
INSERT INTO syncing_dirtylead AS old (marketo_id, marked_at, merged_into)
SELECT marketo_id, %(now)s, nullif(winner, 0)
FROM unnest(%(ids)s::bigint[], %(winners)s::bigint[]) AS new (marketo_id, winner)
ON CONFLICT (marketo_id) DO UPDATE SET
    marked_at = greatest(excluded.marked_at, old.marked_at + interval '1 microsecond'),
    merged_into = coalesce(excluded.merged_into, old.merged_into)
"""

FORGET = """
DELETE FROM syncing_dirtylead
USING unnest(%(ids)s::bigint[], %(marked_at)s::timestamptz[]) AS done (marketo_id, marked_at)
WHERE (syncing_dirtylead.marketo_id, syncing_dirtylead.marked_at)
    = (done.marketo_id, done.marked_at)
"""


def mark_dirty(
    *, marketo_ids: Iterable[int], now: datetime, winners: Mapping[int, int] | None = None
) -> None:
    """Have these leads read again; `winners` says into whom Marketo merged which of them."""
    winners = winners or {}
    ids = sorted({*marketo_ids, *winners})
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                MARK, {"ids": ids, "winners": [winners.get(each, 0) for each in ids], "now": now}
            )


def mark_absent(*, low: int, high: int, present: Iterable[int], now: datetime) -> None:
    """Have the people read again that are here, in this range of ids, but not among `present`."""
    here = Person.objects.active().filter(marketo_id__range=(low, high))
    absent = set(here.values_list("marketo_id", flat=True)) - set(present)
    mark_dirty(marketo_ids=absent, now=now)


def next_dirty(limit: int) -> list[DirtyLead]:
    """The leads that wait longest; who lost a merge comes after all others, so after its winner."""
    waiting = DirtyLead.objects.order_by("marked_at", "marketo_id")
    return list(waiting.filter(merged_into=None)[:limit]) or list(waiting[:limit])


def forget(leads: Sequence[DirtyLead]) -> None:
    """Take leads off the list, except those that were marked again meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            FORGET,
            {
                "ids": [lead.marketo_id for lead in leads],
                "marked_at": [lead.marked_at for lead in leads],
            },
        )
