"""When reminders are due, by the days of the active time zone, and putting them off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from activities.reminders.models import Reminder

# When a day of work begins, for what is put off to another day.
MORNING = 9
_WEEK = 7


class Due(models.TextChoices):
    """What the list narrows down to."""

    OVERDUE = "overdue", _("Overdue")
    TODAY = "today", _("Today")
    TOMORROW = "tomorrow", _("Tomorrow")
    WEEK = "week", _("Next 7 days")


class DueGroup(NamedTuple):
    label: str | Promise
    reminders: list[Reminder]


def due_within(reminders: QuerySet[Reminder], due: Due, *, now: datetime) -> QuerySet[Reminder]:
    is_overdue = Q(due_at__lt=now) & ~_is_of_campaign_today(now)
    if due == Due.OVERDUE:
        return reminders.filter(is_overdue)
    days = {Due.TODAY: 1, Due.TOMORROW: 2, Due.WEEK: _WEEK + 1}[due]
    found = reminders.filter(due_at__lt=_midnight(now, days=days))
    if due == Due.TOMORROW:
        return found.filter(due_at__gte=_midnight(now, days=1))
    return found.exclude(is_overdue)


def _is_of_campaign_today(now: datetime) -> Q:
    """A step of a campaign appears when its day begins, and has all of the day."""
    today = Q(due_at__gte=_midnight(now, days=0), due_at__lt=_midnight(now, days=1))
    return Q(campaign_id__isnull=False) & today


def by_day(reminders: Iterable[Reminder], *, now: datetime) -> list[DueGroup]:
    """Overdue, today, tomorrow, the rest of the next seven days, and later."""
    limits = [
        (_midnight(now, days=1), Due.TODAY.label),
        (_midnight(now, days=2), Due.TOMORROW.label),
        (_midnight(now, days=_WEEK + 1), Due.WEEK.label),
    ]

    today = _midnight(now, days=0)

    def group_of(reminder: Reminder) -> str | Promise:
        if reminder.due_at < (today if reminder.campaign_id else now):
            return Due.OVERDUE.label
        return next((label for limit, label in limits if reminder.due_at < limit), _("Later"))

    overdue_first = sorted(reminders, key=lambda each: group_of(each) != Due.OVERDUE.label)
    return [
        DueGroup(label, list(members)) for label, members in groupby(overdue_first, key=group_of)
    ]


class Snooze(models.TextChoices):
    HOUR = "hour", _("For an hour")
    TOMORROW = "tomorrow", _("Until tomorrow")
    WEEK = "week", _("Until next week")


def snoozed_until(snooze: Snooze, *, now: datetime) -> datetime:
    """An hour from now, or the morning of tomorrow or of next Monday."""
    if snooze == Snooze.HOUR:
        return now + timedelta(hours=1)
    days = 1 if snooze == Snooze.TOMORROW else _WEEK - localtime(now).weekday()
    return _midnight(now, days=days).replace(hour=MORNING)


def _midnight(now: datetime, *, days: int) -> datetime:
    """The beginning of the day in so many days, which may be 23 or 25 hours long."""
    return (localtime(now) + timedelta(days=days)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
