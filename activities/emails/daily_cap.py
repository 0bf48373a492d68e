"""How many emails a seller sent today, by the seller's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from activities.emails.models import Email

# In SQL, for it is asked before each email. Each half has an index of its own.
_COUNT = f"""
SELECT (
    SELECT count(*) FROM {Email._meta.db_table}
    WHERE sender_id = %(sender)s AND sent_at >= %(since)s
) + (
    SELECT count(*) FROM {Email._meta.db_table}
    WHERE sender_id = %(sender)s AND state IN ('IN_PROGRESS', 'UNCERTAIN')
    AND sent_at IS NULL AND transmitting_at >= %(since)s
)
"""  # noqa: S608, SLF001 a name of our own


def sent_today(sender: Any, now: datetime) -> int:
    """What went out since midnight, and what may have or is just going out."""
    since = start_of_day(sender, now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"sender": sender.pk, "since": since})
        return int(cursor.fetchone()[0])


def start_of_day(sender: Any, now: datetime) -> datetime:
    return _midnight(sender, now, timedelta())


def next_day(sender: Any, now: datetime) -> datetime:
    return _midnight(sender, now, timedelta(days=1))


def _midnight(sender: Any, now: datetime, later: timedelta) -> datetime:
    zone = ZoneInfo(sender.time_zone)
    day = now.astimezone(zone).date() + later
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
