"""Activities that their destination refuses, or that wait for a reason, in the diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from syncing.delivery import services
from syncing.delivery.enqueue import nudge
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.selectors import in_trouble
from syncing.diagnostics.sources import Finding, Source, register


def tell(delivery: Delivery) -> Finding:
    activity = delivery.activity
    kind = activity.get_kind_display()
    return Finding(
        what=f"{kind}: {activity.subject}" if activity.subject else kind,
        who=str(activity.actor),
        person=activity.person,
        happened_at=activity.occurred_at,
    )


def activities_of(destination: Destination, label: Promise, *, nudge: Callable[[], None]) -> Source:
    """`nudge` has what is due delivered after the commit."""

    def retry(rows: QuerySet[Delivery], *, now: datetime) -> int:
        count = services.retry(rows, now=now)
        nudge()
        return count

    return Source(
        name=f"{destination.lower()}-activities",
        label=label,
        destination=destination,
        rows=partial(in_trouble, destination),
        person="activity__person",
        related=("activity__person", "activity__actor"),
        tell=tell,
        retry=retry,
        ignore=services.ignore,
    )


register(activities_of(Destination.MARKETO, _("Activities in Marketo"), nudge=nudge))
