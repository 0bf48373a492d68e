"""How the deliveries stand, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncHour

from syncing.delivery.models import Delivery, Destination
from syncing.delivery.services import in_marketo

State = Delivery.State

PLOT_HOURS = 24
# In one statement, so that all numbers are of one moment.
_TALLY = """
SELECT (SELECT count(*) FROM activities_activity), state, count(*)
FROM delivery_delivery WHERE destination = %s GROUP BY state
UNION ALL SELECT (SELECT count(*) FROM activities_activity), '', 0
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """recorded = delivered + waiting + parked + cancelled."""

    recorded: int
    delivered: int
    waiting: int
    parked: int
    cancelled: int

    @property
    def adds_up(self) -> bool:
        return self.recorded == self.delivered + self.waiting + self.parked + self.cancelled


class ParkedReason(TypedDict):
    code: str
    reason: str
    count: int


def tally(destination: Destination) -> Tally:
    with connection.cursor() as cursor:
        cursor.execute(_TALLY, [destination])
        rows = cursor.fetchall()
    counts = {state: count for _recorded, state, count in rows}
    return Tally(
        recorded=rows[0][0],
        delivered=counts.get(State.DELIVERED, 0),
        waiting=sum(counts.get(state, 0) for state in Delivery.WAITING_STATES),
        parked=counts.get(State.PARKED, 0),
        cancelled=counts.get(State.CANCELLED, 0),
    )


def waiting() -> QuerySet[Delivery]:
    return in_marketo().filter(state__in=Delivery.WAITING_STATES)


def oldest_waiting() -> datetime | None:
    """Since when the oldest one that waits does."""
    oldest: datetime | None = waiting().aggregate(oldest=Min("created_at"))["oldest"]
    return oldest


def delivered_since(moment: datetime) -> QuerySet[Delivery]:
    return in_marketo().filter(state=State.DELIVERED, settled_at__gte=moment)


def delivered_by_hour(*, now: datetime) -> list[tuple[datetime, int]]:
    """For each of the last 24 hours by the clock, the one under way among them, oldest first."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=back) for back in range(PLOT_HOURS - 1, -1, -1)]
    counts = dict(
        delivered_since(hours[0])
        .annotate(hour=TruncHour("settled_at"))
        .values("hour")
        .annotate(count=Count("id"))
        .values_list("hour", "count")
    )
    return [(hour, counts.get(hour, 0)) for hour in hours]


def parked() -> QuerySet[Delivery]:
    return in_marketo().filter(state=State.PARKED)


def parked_reasons() -> QuerySet[Delivery, ParkedReason]:
    """The codes with a reason as an example of its words, the commonest first."""
    grouped = parked().values("code").annotate(reason=Min("reason"), count=Count("id"))
    return grouped.order_by("-count", "code")


def parked_list(code: str | None) -> QuerySet[Delivery]:
    """All parked, or those with this code, newest first, with what one recognises them by."""
    listed = parked() if code is None else parked().filter(code=code)
    return listed.select_related("activity__person", "activity__actor").order_by("-id")
