"""What the page of activities shows: the log's state, its numbers, its plot, what is parked."""

from datetime import datetime, timedelta
from typing import Any

from admin_config.diagnostics.delivery_chart import delivery_chart
from syncing.delivery.catalogue import TYPES
from syncing.delivery.holds import hold_of, types_of
from syncing.delivery.models import Destination, MarketoActivityLog
from syncing.delivery.selectors import (
    delivered_since,
    oldest_waiting,
    settled_by_hour,
    tally,
)
from syncing.delivery.services import unsent_past
from syncing.models import MarketoConnection

POLL_BUSY_SECONDS = 3
POLL_IDLE_SECONDS = 15
HOUR = timedelta(hours=1)


def activity_page(connection: MarketoConnection, now: datetime) -> dict[str, Any]:
    log = MarketoActivityLog.load()
    types = types_of(log, connection)
    return {
        **activity_log(connection, now),
        "types": [(declared, types.get(declared.kind)) for declared in TYPES],
        "are_types_in_order": len(types) == len(TYPES),
    }


def activity_log(connection: MarketoConnection, now: datetime) -> dict[str, Any]:
    """What changes by itself."""
    log = MarketoActivityLog.load()
    numbers = tally(Destination.MARKETO)
    return {
        "connection": connection,
        "log": log,
        "hold": hold_of(log, connection, now=now) if log.is_on or numbers.waiting else None,
        "numbers": numbers,
        "oldest_waiting": oldest_waiting(),
        "delivered_last_hour": delivered_since(now - HOUR).count(),
        "past": unsent_past().count(),
        "chart": delivery_chart(settled_by_hour(Destination.MARKETO, now=now)),
        "poll_seconds": POLL_BUSY_SECONDS if numbers.waiting else POLL_IDLE_SECONDS,
    }
