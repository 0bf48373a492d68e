"""Marketo's day, which its daily quotas follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

CENTRAL = ZoneInfo("America/Chicago")
# The documents say "12:00 AM CST" here and "midnight Central" there: in summer an hour apart.
_STANDARD = timezone(timedelta(hours=-6))
# How far behind ours Marketo's clock may be.
_SKEW = timedelta(minutes=10)
_ASK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class MarketoDay:
    date: date
    starts: datetime
    ends: datetime


def marketo_day(now: datetime) -> MarketoDay:
    """The day in US Central time that `now` falls in."""
    day = now.astimezone(CENTRAL).date()
    return MarketoDay(day, _midnight(day), _midnight(day + timedelta(days=1)))


def quota_resets_at(now: datetime) -> datetime:
    """When a daily quota that Marketo calls used up at `now` is new again.

    The earlier of the two readings of midnight; should it be the later one, the next call says so.
    A quota used up in the day's first minutes is still yesterday's.
    """
    day = marketo_day(now)
    if now - day.starts < _SKEW:
        return now + _ASK_AGAIN
    standard_day = now.astimezone(_STANDARD).date() + timedelta(days=1)
    return min(day.ends, datetime.combine(standard_day, time.min, _STANDARD).astimezone(UTC))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CENTRAL).astimezone(UTC)
