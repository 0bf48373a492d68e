"""Taking deliveries to Salesforce to work on, for those whom one connection writes for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from activities.models import Activity
from syncing.delivery.claims import Claim, claim, due
from syncing.delivery.models import Delivery, Destination
from syncing.salesforce import COLLECTION_MAX

Kind = Activity.Kind
State = Delivery.State

# Nothing is begun later than this after the claim; calls have two minutes to be answered.
BEGIN_WITHIN = timedelta(seconds=60)
LEASE = timedelta(minutes=5)

TASK_KINDS = (Kind.EMAIL_SENT, Kind.EMAIL_REPLIED, Kind.CALL_RECEIVED)
MARK_KINDS = (Kind.EMAIL_OPENED, Kind.EMAIL_CLICKED, Kind.EMAIL_BOUNCED)
# Most of them change nothing that their email's task does not show already.
MOST_MARKS = 2_000


def due_in_salesforce(*, now: datetime) -> QuerySet[Delivery]:
    return due(now=now, destination=Destination.SALESFORCE)


def claim_tasks(*, actors: Collection[int], now: datetime) -> Claim | None:
    return _claim(actors, TASK_KINDS, COLLECTION_MAX, now=now)


def claim_marks(*, actors: Collection[int], now: datetime) -> Claim | None:
    return _claim(actors, MARK_KINDS, MOST_MARKS, now=now)


def claim_uncertain(*, actors: Collection[int], now: datetime) -> Claim | None:
    """To be looked up; they stay uncertain until it is known."""
    waiting = _of(actors, now=now).filter(state=State.UNCERTAIN)
    return claim(waiting.order_by("due_at", "id")[:COLLECTION_MAX], lease_until=now + LEASE)


def _claim(
    actors: Collection[int],
    kinds: Collection[str],
    most: int,
    *,
    now: datetime,
) -> Claim | None:
    waiting = _of(actors, now=now).filter(state=State.PENDING, activity__kind__in=kinds)
    return claim(
        waiting.order_by("due_at", "id")[:most],
        lease_until=now + LEASE,
        state=State.CLAIMED,
        attempts=F("attempts") + 1,
    )


def _of(actors: Collection[int], *, now: datetime) -> QuerySet[Delivery]:
    theirs = due_in_salesforce(now=now).filter(activity__actor__in=actors)
    return theirs.select_related("activity__person", "activity__actor")
