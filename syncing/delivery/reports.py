"""How each activity stands at its destinations, for the timeline and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from activities.destinations import DeliveryReport, reporters
from syncing.delivery.models import Delivery, Destination

State = Delivery.State

STATES: dict[str, str] = {
    State.PENDING: "waiting",
    State.CLAIMED: "waiting",
    State.UNCERTAIN: "waiting",
    State.DELIVERED: "delivered",
    State.PARKED: "parked",
    State.CANCELLED: "cancelled",
}


def report_deliveries(activities: Sequence[UUID]) -> Iterator[tuple[UUID, DeliveryReport]]:
    for delivery in Delivery.objects.filter(activity__in=activities).order_by("destination"):
        destination = Destination(delivery.destination)
        yield (
            delivery.activity_id,
            DeliveryReport(
                destination=destination.lower(),
                label=destination.label,
                state=STATES[delivery.state],
                remote_id=delivery.remote_id,
                settled_at=delivery.settled_at,
                reason=delivery.reason,
            ),
        )


reporters.append(report_deliveries)
