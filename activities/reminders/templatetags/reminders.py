from django import template

from activities.reminders.models import Reminder
from activities.reminders.openings import Opening, opening_of

register = template.Library()


@register.filter
def opening(reminder: Reminder) -> Opening:
    return opening_of(reminder)
