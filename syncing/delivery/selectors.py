"""How the deliveries stand, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q, QuerySet
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


class Hour(NamedTuple):
    """What became of deliveries in it."""

    begins_at: datetime
    delivered: int
    refused: int


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


def settled_by_hour(destination: Destination, *, now: datetime) -> list[Hour]:
    """For each of the last 24 hours by the clock, the one under way among them, oldest first.

    Refused is what still is: sent again, it counts anew.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=back) for back in range(PLOT_HOURS - 1, -1, -1)]
    rows = Delivery.objects.filter(destination=destination, settled_at__gte=hours[0])
    delivered, refused = (_by_hour(rows, state) for state in (State.DELIVERED, State.PARKED))
    return [Hour(hour, delivered.get(hour, 0), refused.get(hour, 0)) for hour in hours]


def _by_hour(rows: QuerySet[Delivery], state: Delivery.State) -> dict[datetime, int]:
    hours = rows.filter(state=state).annotate(hour=TruncHour("settled_at")).values("hour")
    return dict(hours.annotate(count=Count("id")).values_list("hour", "count"))


def parked(destination: Destination = Destination.MARKETO) -> QuerySet[Delivery]:
    return Delivery.objects.filter(destination=destination, state=State.PARKED)


def in_trouble(destination: Destination) -> QuerySet[Delivery]:
    """What was refused (`is_parked`), and what waits for a reason."""
    is_parked = Q(state=State.PARKED)
    waits = Q(state__in=Delivery.WAITING_STATES) & ~Q(reason="")
    rows = Delivery.objects.filter(is_parked | waits, destination=destination)
    return rows.annotate(is_parked=ExpressionWrapper(is_parked, output_field=BooleanField()))
