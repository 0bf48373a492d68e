"""Reads of reminders."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan

from activities.paging import Cursor
from activities.reminders.models import Reminder
from people.models import Person

PAGE_SIZE = 100


def visible_reminders(*, user: Any) -> QuerySet[Reminder]:
    """Those that are not deleted: a user's own, and everybody's for an admin."""
    return all_reminders(user=user).exclude(state=Reminder.State.DELETED)


def all_reminders(*, user: Any) -> QuerySet[Reminder]:
    """The deleted ones, too."""
    mine = Reminder.objects.all() if user.is_admin else Reminder.objects.filter(owner=user)
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
