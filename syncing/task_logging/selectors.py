"""What waits for Salesforce, and what keeps it waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from syncing.delivery.models import Delivery, Destination
from syncing.salesforce_connections.selectors import connections

# What is tried again sooner than that moves by itself.
SOON = timedelta(minutes=10)


def waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        destination=Destination.SALESFORCE, state__in=Delivery.WAITING_STATES
    )


def why_nothing_moves(*, now: datetime) -> str:
    """In words; empty when something is sent soon."""
    known = connections()
    if not known.exists():
        return _("Salesforce is not connected.")
    if not any(one.is_usable(now) for one in known):
        return known[0].state_reason
    if waiting().filter(due_at__lte=now + SOON).exists():
        return ""
    return waiting().order_by("due_at").values_list("reason", flat=True).first() or ""
