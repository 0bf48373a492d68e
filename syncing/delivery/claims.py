"""Taking deliveries to work on, under a lease, and storing what became of them.

A claim is taken with SKIP LOCKED and committed before anything is sent, so any number of workers
never have the same one. What a worker finds out is only stored while it still holds the lease.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, QuerySet

from syncing.delivery.models import Delivery, Destination, MarketoActivityLog
from syncing.marketo.custom_activities import LONGEST_CALL, MOST_RECORDS

State = Delivery.State

# Nothing is sent later than this after the claim, so when the lease is over all calls are, too.
BEGIN_WITHIN = timedelta(seconds=60)
SEND_LEASE = BEGIN_WITHIN + timedelta(seconds=LONGEST_CALL + 15)
# Reading is slow where a log is long, and done twice it does no harm.
LOOKUP_LEASE = timedelta(minutes=10)
# Few, so that their leads go into a call or two and their dates lie close to each other.
MOST_LOOKUPS = 30

_LOADED = (
    "state",
    "attempts",
    "target_id",
    "uncertain_since",
    "activity__kind",
    "activity__occurred_at",
    "activity__subject",
    "activity__details",
    "activity__person__marketo_id",
    "activity__person__removed_reason",
    "activity__person__merged_into__marketo_id",
)
_STORE = """
UPDATE delivery_delivery SET
    state = new.state, code = new.code, reason = new.reason, remote_id = new.remote_id,
    target_id = new.target_id, due_at = new.due_at, lease_until = NULL,
    uncertain_since = CASE new.state WHEN 'UNCERTAIN' THEN coalesce(uncertain_since, %(now)s)
        ELSE uncertain_since END,
    settled_at = CASE WHEN new.state IN ('DELIVERED', 'PARKED', 'CANCELLED')
        THEN %(now)s::timestamptz END
FROM unnest(
    %(id)s::bigint[], %(state)s::text[], %(code)s::text[], %(reason)s::text[],
    %(remote_id)s::text[], %(target_id)s::text[], %(due_at)s::timestamptz[]
) AS new (id, state, code, reason, remote_id, target_id, due_at)
WHERE delivery_delivery.id = new.id AND delivery_delivery.lease_until = %(lease_until)s
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries that are ours until `lease_until`; no other claim on them has the same."""

    deliveries: Sequence[Delivery]
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is to be stored of a delivery."""

    id: int
    state: Delivery.State
    due_at: datetime
    target_id: str
    remote_id: str = ""
    code: str = ""
    reason: str = ""


def due(*, now: datetime, destination: Destination = Destination.MARKETO) -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(destination=destination, state__in=Delivery.WAITING_STATES)
    return waiting.filter(due_at__lte=now)


def claim_to_send(*, kinds: Collection[str], now: datetime) -> Claim | None:
    """As many as go into one call, of the kinds that Marketo has a type for, oldest first.

    None once logging is off, also for a sweep that began while it was on.
    """
    is_on = Exists(MarketoActivityLog.objects.filter(is_on=True))
    pending = due(now=now).filter(is_on, state=State.PENDING, activity__kind__in=kinds)
    return claim(
        _loaded(pending).order_by("due_at", "id")[:MOST_RECORDS],
        lease_until=now + SEND_LEASE,
        state=State.CLAIMED,
        attempts=F("attempts") + 1,
    )


def claim_to_look_up(*, kinds: Collection[str], now: datetime) -> Claim | None:
    """Some that may have arrived, by the dates under which they would stand in the log."""
    uncertain = due(now=now).filter(state=State.UNCERTAIN, activity__kind__in=kinds)
    return claim(
        _loaded(uncertain).order_by("activity__occurred_at", "id")[:MOST_LOOKUPS],
        lease_until=now + LOOKUP_LEASE,
    )


def _loaded(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.select_related("activity__person__merged_into").only(*_LOADED)


@transaction.atomic
def claim(
    deliveries: QuerySet[Delivery], *, lease_until: datetime, **values: object
) -> Claim | None:
    """Those of them that nobody else is claiming at this moment; None if that is none."""
    claimed = list(deliveries.select_for_update(skip_locked=True, of=("self",)))
    if not claimed:
        return None
    # Due again when the lease is over, if nothing is stored until then.
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in claimed]).update(
        lease_until=lease_until, due_at=lease_until, **values
    )
    return Claim(claimed, lease_until)


def end_leases(
    *,
    settle_delay: timedelta,
    now: datetime,
    destination: Destination = Destination.MARKETO,
) -> int:
    """Take from workers that are gone what they may have sent: it is looked up, never resent."""
    lost = due(now=now, destination=destination).filter(state=State.CLAIMED)
    return lost.update(
        state=State.UNCERTAIN,
        uncertain_since=now,
        due_at=now + settle_delay,
        lease_until=None,
    )


def store(claim: Claim, outcomes: Sequence[Outcome], *, now: datetime) -> int:
    """Store the outcomes of those we still hold the lease on; return how many that are."""
    names = ("id", "state", "code", "reason", "remote_id", "target_id", "due_at")
    values = {name: [getattr(outcome, name) for outcome in outcomes] for name in names}
    values["state"] = [str(outcome.state) for outcome in outcomes]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {**values, "now": now, "lease_until": claim.lease_until})
        return int(cursor.rowcount)
