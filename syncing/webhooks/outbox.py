"""What is to be told goes into the outbox, in the transaction of what happened."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from syncing.webhooks.models import Endpoint, Message
from syncing.webhooks.tasks import sweep_webhooks

NUDGE_EVERY = timedelta(seconds=5)
NUDGED = "webhooks-nudged"

# Holds on to the endpoints, so that what happened is kept also if one is deleted just now.
_ENQUEUE = """
INSERT INTO webhooks_message
    (endpoint_id, event_id, kind, data, state, attempts, due_at, error, created_at)
SELECT endpoint.id, event.id, event.kind, event.data, 'PENDING', 0, %(now)s, '', %(now)s
FROM webhooks_endpoint AS endpoint
CROSS JOIN unnest(%(ids)s::uuid[], %(kinds)s::text[], %(data)s::jsonb[]) AS event (id, kind, data)
FOR KEY SHARE OF endpoint
"""


class Event(NamedTuple):
    kind: Message.Kind
    data: Mapping[str, Any]


def enqueue(events: Callable[[], Iterable[Event]], *, now: datetime) -> None:
    """Tell every endpoint of these events, which are not even looked up where there is none."""
    if not Endpoint.objects.exists():
        return
    found = list(events())
    if not found:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ENQUEUE,
            {
                "ids": [uuid.uuid4() for _event in found],
                "kinds": [event.kind.value for event in found],
                "data": [json.dumps(event.data, cls=DjangoJSONEncoder) for event in found],
                "now": now,
            },
        )
    nudge()


def nudge() -> None:
    """Have what is due sent after the commit; if the broker is away, the next tick does."""
    transaction.on_commit(_send_tick, robust=True)


def _send_tick() -> None:
    if cache.add(NUDGED, value=True, timeout=NUDGE_EVERY.total_seconds()):
        sweep_webhooks.apply_async(retry=False, expires=60)
