"""What the sync did, in words."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.reminders.models import Reminder
from syncing.reminder_sync.models import ReminderEvent

Kind = ReminderEvent.Kind

FIELDS = {
    "subject": gettext_lazy("Subject"),
    "notes": gettext_lazy("Notes"),
    "priority": gettext_lazy("Priority"),
    "due_on": gettext_lazy("Due"),
    "is_done": gettext_lazy("Done"),
    "owner": gettext_lazy("Assignee"),
}
SENTENCES = {
    (Kind.CREATED, "HERE"): gettext_lazy("Written to Salesforce as a task"),
    (Kind.CREATED, "SALESFORCE"): gettext_lazy("Came from a task in Salesforce"),
    (Kind.DELETED, "HERE"): gettext_lazy("Deleted here, so the task was deleted in Salesforce"),
    (Kind.DELETED, "SALESFORCE"): gettext_lazy("The task was deleted in Salesforce"),
    (Kind.RESTORED, "SALESFORCE"): gettext_lazy("Restored, as the task was in Salesforce"),
    (Kind.LEFT, "SALESFORCE"): gettext_lazy(
        "In Salesforce it was given to somebody who does not sync"
    ),
    (Kind.LEFT, "HERE"): gettext_lazy("Taken out of the sync"),
    (Kind.FROZEN, "SALESFORCE"): gettext_lazy("Stopped, as both sides kept changing it back"),
    (Kind.CONFLICT, "HERE"): gettext_lazy("Deleted in Salesforce, but changed here after that"),
}


class Told(NamedTuple):
    happened_at: datetime
    is_conflict: bool
    text: str
    # Of a change: what it was before, or what was lost, and what it is since.
    before: str = ""
    after: str = ""


def told(event: ReminderEvent) -> Told:
    is_conflict = event.kind == Kind.CONFLICT
    if not event.field:
        sentence = SENTENCES[Kind(event.kind), event.side]
        return Told(event.happened_at, is_conflict, str(sentence))
    before, after = _said(event.field, event.before), _said(event.field, event.after)
    return Told(event.happened_at, is_conflict, _change(event), before, after)


def _change(event: ReminderEvent) -> str:
    names = {"field": FIELDS[event.field]}
    is_here = event.side == ReminderEvent.Side.HERE
    if event.kind == Kind.KEPT:
        words = _("%(field)s changed here; Salesforce does not let the connected user change it")
    elif event.kind != Kind.CONFLICT:
        words = _("%(field)s changed here") if is_here else _("%(field)s changed in Salesforce")
    elif is_here:
        words = _("%(field)s changed on both sides; what was written here later was kept")
    else:
        words = _("%(field)s changed on both sides; what Salesforce had was kept")
    return words % names


def _said(field: str, value: str) -> str:
    if field == "due_on":
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    if field == "is_done":
        return _("Yes") if value == "True" else _("No")
    if field == "priority":
        return str(Reminder.Priority(value).label)
    return value
