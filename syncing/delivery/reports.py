"""How each activity stands in Marketo, for the timeline and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from activities.destinations import DeliveryReport, reporters
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.services import in_marketo

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
    for delivery in in_marketo().filter(activity__in=activities):
        yield delivery.activity_id, report_of(delivery)


def report_of(delivery: Delivery, *, url: str = "") -> DeliveryReport:
    destination = Destination(delivery.destination)
    return DeliveryReport(
        destination=destination.lower(),
        label=destination.label,
        state=STATES[delivery.state],
        remote_id=delivery.remote_id,
        settled_at=delivery.settled_at,
        reason=delivery.reason,
        url=url,
    )


reporters.append(report_deliveries)
