"""Every recorded activity has its row for Salesforce, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.dispatch import receiver

from activities.models import Activity
from activities.signals import activities_recorded
from syncing.delivery.models import Destination
from syncing.task_logging.tasks import sweep_task_logging
from syncing.task_logging.wishes import REASON, WISH, values

Kind = Activity.Kind

# What comes in soon after goes with the next sweep: calls are few and full.
NUDGE_EVERY = timedelta(seconds=10)
NUDGED = "task-logging-nudged"

# What is opened once is opened again: one update tells of all that happens in this time.
COALESCED = timedelta(minutes=5)
COALESCED_KINDS = (Kind.EMAIL_OPENED, Kind.EMAIL_CLICKED, Kind.EMAIL_BOUNCED)

# One statement, for it is a part of everything that is recorded.
_ENQUEUE = f"""
INSERT INTO delivery_delivery (activity_id, destination, state, code, reason, settled_at,
    target_id, remote_id, attempts, due_at, created_at)
SELECT activity.uuid, %(destination)s, CASE wish.code WHEN '' THEN 'PENDING' ELSE 'CANCELLED' END,
    wish.code, {REASON}, CASE wish.code WHEN '' THEN NULL ELSE %(now)s::timestamptz END,
    '', '', 0,
    CASE WHEN activity.kind = ANY(%(coalesced_kinds)s) THEN %(later)s::timestamptz ELSE %(now)s END,
    %(now)s
FROM unnest(%(uuids)s::uuid[], %(kinds)s::text[], %(actors)s::bigint[])
    AS activity (uuid, kind, actor_id)
{WISH}
"""  # noqa: S608 - put together from constants


@receiver(activities_recorded, dispatch_uid="enqueue_task_logging")
def enqueue(*, activities: Sequence[Activity], now: datetime, **_more: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _ENQUEUE,
            {
                **values(),
                "destination": Destination.SALESFORCE,
                "uuids": [activity.pk for activity in activities],
                "kinds": [str(activity.kind) for activity in activities],
                "actors": [activity.actor_id for activity in activities],
                "coalesced_kinds": [str(kind) for kind in COALESCED_KINDS],
                "later": now + COALESCED,
                "now": now,
            },
        )
    nudge()


def nudge() -> None:
    """Have what is due logged after the commit; if the broker is away, the next tick does."""
    transaction.on_commit(_send_tick, robust=True)


def _send_tick() -> None:
    if cache.add(NUDGED, value=True, timeout=NUDGE_EVERY.total_seconds()):
        sweep_task_logging.apply_async(retry=False, expires=60)
