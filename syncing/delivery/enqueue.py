"""Every recorded activity gets its row in the outbox, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.dispatch import receiver
from django.utils.translation import gettext as _

from activities.models import Activity
from activities.signals import activities_recorded
from syncing.delivery.models import Destination
from syncing.delivery.services import OFF
from syncing.delivery.tasks import sweep_deliveries

# What comes in soon after goes with the next sweep: calls are few and full.
NUDGE_EVERY = timedelta(seconds=10)
NUDGED = "deliveries-nudged"

# One statement, for it is a part of everything that is recorded.
_ENQUEUE = """
INSERT INTO delivery_delivery (activity_id, destination, state, code, reason, settled_at,
    target_id, remote_id, attempts, due_at, created_at)
SELECT uuid, %(destination)s, state, code, reason, settled_at, '', '', 0, %(now)s, %(now)s
FROM unnest(%(uuids)s::uuid[]) AS uuid, (
    SELECT 'PENDING' AS state, '' AS code, '' AS reason, NULL::timestamptz AS settled_at
    WHERE EXISTS (SELECT FROM delivery_marketoactivitylog WHERE is_on)
    UNION ALL
    SELECT 'CANCELLED', %(off)s, %(reason)s, %(now)s
    WHERE NOT EXISTS (SELECT FROM delivery_marketoactivitylog WHERE is_on)
) AS begin
"""


@receiver(activities_recorded, dispatch_uid="enqueue_deliveries")
def enqueue(*, activities: Sequence[Activity], now: datetime, **_more: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ENQUEUE,
            {
                "destination": Destination.MARKETO,
                "uuids": [activity.pk for activity in activities],
                "now": now,
                "off": OFF,
                "reason": _("Logging to Marketo was off."),
            },
        )
    nudge()


def nudge() -> None:
    """Have what is due delivered after the commit; if the broker is away, the next tick does."""
    transaction.on_commit(_send_tick, robust=True)


def _send_tick() -> None:
    if cache.add(NUDGED, value=True, timeout=NUDGE_EVERY.total_seconds()):
        sweep_deliveries.apply_async(retry=False, expires=60)
