"""How each activity stands in Salesforce, with a link to its task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db.models import Subquery

from activities.destinations import DeliveryReport, reporters
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.reports import report_of
from syncing.delivery.services import OFF
from syncing.salesforce_connections.selectors import connections
from syncing.task_logging.wishes import NO_TASK


def report_tasks(activities: Sequence[UUID]) -> Iterator[tuple[UUID, DeliveryReport]]:
    """Nothing of what was never meant for Salesforce."""
    deliveries = Delivery.objects.filter(
        destination=Destination.SALESFORCE, activity__in=activities
    ).exclude(state=Delivery.State.CANCELLED, code__in=(OFF, NO_TASK))
    host = Subquery(connections().values("instance_url")[:1])
    for delivery in deliveries.annotate(host=host):
        has_link = delivery.host and delivery.remote_id
        url = f"{delivery.host}/{delivery.remote_id}" if has_link else ""
        yield delivery.activity_id, report_of(delivery, url=url)


reporters.append(report_tasks)
