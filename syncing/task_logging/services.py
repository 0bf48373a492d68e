"""What is not to be logged any more, and what of the past is to be logged after all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from syncing.delivery.models import Destination
from syncing.task_logging.wishes import REASON, WISH, values

_CANCEL_UNWANTED = f"""
UPDATE delivery_delivery SET state = 'CANCELLED', code = wish.code, reason = {REASON},
    settled_at = %(now)s
FROM delivery_delivery AS waiting
JOIN activities_activity AS activity ON activity.uuid = waiting.activity_id
{WISH}
WHERE delivery_delivery.id = waiting.id AND delivery_delivery.state = 'PENDING'
    AND waiting.destination = %(destination)s AND waiting.state = 'PENDING'
    AND waiting.due_at <= %(now)s AND wish.code <> ''
"""  # noqa: S608 - put together from constants
_PAST = f"""
FROM delivery_delivery AS unsent
JOIN activities_activity AS activity ON activity.uuid = unsent.activity_id
{WISH}
WHERE unsent.destination = %(destination)s AND unsent.state = 'CANCELLED'
    AND unsent.code = %(off)s AND wish.code = ''
"""
_SEND_PAST = f"""
UPDATE delivery_delivery SET state = 'PENDING', code = '', reason = '', settled_at = NULL,
    attempts = 0, due_at = %(now)s
WHERE id IN (SELECT unsent.id {_PAST}) AND state = 'CANCELLED'
"""  # noqa: S608 - put together from constants


def cancel_unwanted(*, now: datetime) -> int:
    """Cancel what waits although logging was switched off for it; how many that were."""
    return _execute(_CANCEL_UNWANTED, now=now)


def count_unsent_past() -> int:
    """What happened while logging was off, and would be logged as it is set now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_PAST}", _values())
        (count,) = cursor.fetchone()
    return int(count)


def send_past(*, now: datetime) -> int:
    """Log what happened while logging was off; how many that are."""
    return _execute(_SEND_PAST, now=now)


def _execute(statement: str, *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**_values(), "now": now})
        return int(cursor.rowcount)


def _values() -> dict[str, Any]:
    return {**values(), "destination": Destination.SALESFORCE}
