"""How many emails a seller sent today, by the seller's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from activities.emails.models import Email


def sent_today(sender: Any, now: datetime) -> int:
    """What went out since midnight, and what may have or is just going out."""
    since = start_of_day(sender, now)
    may_be_out = Q(transmitting_at__gte=since) & Q(
        state__in=(Email.State.IN_PROGRESS, Email.State.UNCERTAIN)
    )
    emails = Email.objects.filter(sender=sender)
    return (
        emails.filter(sent_at__gte=since).count() + emails.filter(may_be_out, sent_at=None).count()
    )


def start_of_day(sender: Any, now: datetime) -> datetime:
    return _midnight(sender, now, timedelta())


def next_day(sender: Any, now: datetime) -> datetime:
    return _midnight(sender, now, timedelta(days=1))


def _midnight(sender: Any, now: datetime, later: timedelta) -> datetime:
    zone = ZoneInfo(sender.time_zone)
    day = now.astimezone(zone).date() + later
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
