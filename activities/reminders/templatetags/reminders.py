from __future__ import annotations

from collections.abc import Mapping, Sequence

from django import template
from django.utils.functional import Promise

from activities.reminders.models import Reminder
from activities.reminders.openings import Opening, opening_of

register = template.Library()


@register.filter
def opening(reminder: Reminder) -> Opening:
    return opening_of(reminder)


@register.filter
def of(marks: Mapping[int, Sequence[str | Promise]], reminder: Reminder) -> Sequence[str | Promise]:
    """`marks|of:reminder`"""
    return marks.get(reminder.pk, ())
