"""Activities that their destination refuses, or that wait for a reason, in the diagnostics."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from syncing.delivery.enqueue import nudge
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.selectors import in_trouble
from syncing.delivery.services import ignore, retry
from syncing.diagnostics.sources import Finding, Source, register

LABELS: dict[Destination, Promise] = {
    Destination.MARKETO: _("Activities in Marketo"),
    Destination.SALESFORCE: _("Activities in Salesforce"),
}


def tell(delivery: Delivery) -> Finding:
    activity = delivery.activity
    kind = activity.get_kind_display()
    return Finding(
        what=f"{kind}: {activity.subject}" if activity.subject else kind,
        who=str(activity.actor),
        person=activity.person,
        happened_at=activity.occurred_at,
    )


def retry_soon(rows: QuerySet[Delivery], *, now: datetime) -> int:
    count = retry(rows, now=now)
    nudge()
    return count


def source_of(destination: Destination) -> Source:
    return Source(
        name=f"{destination.lower()}-activities",
        label=LABELS[destination],
        destination=destination,
        rows=partial(in_trouble, destination),
        person="activity__person",
        related=("activity__person", "activity__actor"),
        tell=tell,
        retry=retry_soon,
        ignore=ignore,
    )


for each in Destination:
    register(source_of(each))
