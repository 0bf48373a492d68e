"""Reads of reminders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan
from django.utils.functional import Promise
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext_lazy as _

from activities.paging import Cursor
from activities.reminders.models import Reminder
from people.models import Person

PAGE_SIZE = 100


class DueGroup(NamedTuple):
    label: str | Promise
    reminders: list[Reminder]


def visible_reminders(*, user: Any) -> QuerySet[Reminder]:
    """Those that are not deleted: a user's own, and everybody's for an admin."""
    found = Reminder.objects.exclude(state=Reminder.State.DELETED)
    mine = found if user.is_admin else found.filter(owner=user)
    return mine.select_related("owner", "person")


def open_reminders(*, owner: Any) -> QuerySet[Reminder]:
    """In the order in which they are due."""
    found = Reminder.objects.filter(owner=owner, state=Reminder.State.OPEN)
    return found.select_related("person").order_by("due_at", "pk")


def open_reminders_about(*, person: Person, owner: Any) -> QuerySet[Reminder]:
    return open_reminders(owner=owner).filter(person=person)


def read_open_page(
    reminders: QuerySet[Reminder], *, after: Cursor | None, size: int = PAGE_SIZE
) -> tuple[list[Reminder], Cursor | None]:
    """The reminders that come after that place, and where the next page begins."""
    if after and isinstance(after.id, int):
        place = (after.moment, after.id)
        reminders = reminders.filter(TupleGreaterThan(("due_at", "id"), place))
    found = list(reminders[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], Cursor(last.due_at, last.pk) if last else None


def by_day(reminders: Iterable[Reminder], *, now: datetime) -> list[DueGroup]:
    """Overdue, today, tomorrow and later, by the days of the active time zone."""
    groups = groupby(reminders, key=lambda reminder: _group_of(reminder.due_at, now))
    return [DueGroup(label, list(members)) for label, members in groups]


def _group_of(due_at: datetime, now: datetime) -> str | Promise:
    if due_at < now:
        return _("Overdue")
    days = localtime(due_at).date() - localdate(now)
    if days == timedelta(0):
        return _("Today")
    return _("Tomorrow") if days == timedelta(days=1) else _("Later")
