"""What the page of activities shows: the log's state, its numbers, its plot, what is parked."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from admin_config.marketo.delivery_chart import delivery_chart
from syncing.delivery.catalogue import TYPES
from syncing.delivery.holds import hold_of, types_of
from syncing.delivery.models import Destination, MarketoActivityLog
from syncing.delivery.outcomes import WORDS
from syncing.delivery.selectors import (
    ParkedReason,
    delivered_by_hour,
    delivered_since,
    oldest_waiting,
    parked_reasons,
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


def reasons_in_words() -> list[ParkedReason]:
    """For each code what it means in general, else how it was put for one of them."""
    return [
        {**kind, "reason": str(WORDS.get(kind["code"], kind["reason"]))}
        for kind in parked_reasons()
    ]


def activity_log(connection: MarketoConnection, now: datetime) -> dict[str, Any]:
    """What changes by itself."""
    log = MarketoActivityLog.load()
    numbers = tally(Destination.MARKETO)
    return {
        "connection": connection,
        "log": log,
        "hold": hold_of(log, connection, now=now) if log.is_on or numbers.waiting else None,
        "numbers": asdict(numbers),
        "adds_up": numbers.adds_up,
        "oldest_waiting": oldest_waiting(),
        "delivered_last_hour": delivered_since(now - HOUR).count(),
        "past": unsent_past().count(),
        "chart": delivery_chart(delivered_by_hour(now=now)),
        "parked_reasons": reasons_in_words(),
        "poll_seconds": POLL_BUSY_SECONDS if numbers.waiting else POLL_IDLE_SECONDS,
    }
