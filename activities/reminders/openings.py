"""What a click on the type of a reminder opens."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse

from activities.reminders.models import Reminder
from people.links import safe_linkedin_url

Kind = Reminder.Kind
ICONS = {
    Kind.CALL: "phone",
    Kind.EMAIL: "mail",
    Kind.INMAIL: "brand-linkedin",
    Kind.CUSTOM: "bell",
}
# By name: calls and emails are floors above.
_URL_NAMES = {Kind.CALL: "calls:log", Kind.EMAIL: "emails:compose"}


class Opening(NamedTuple):
    """An address of ours opens as a panel, one of LinkedIn's in a tab of its own."""

    url: str
    icon: str
    is_panel: bool = True


def opening_of(reminder: Reminder) -> Opening:
    """To call, write or look up the person; without a person there is only the reminder itself."""
    kind = Kind(reminder.kind)
    icon = ICONS[kind]
    if reminder.person and (name := _URL_NAMES.get(kind)):
        query = f"?person={reminder.person.pk}&reminder={reminder.pk}"
        return Opening(f"{reverse(name)}{query}", icon)
    if kind == Kind.INMAIL and reminder.person:
        if url := safe_linkedin_url(reminder.person.linkedin_url):
            return Opening(url, icon, is_panel=False)
        return Opening(reverse("people:person", args=[reminder.person.pk]), icon)
    return Opening(reverse("reminders:edit", args=[reminder.pk]), icon)
