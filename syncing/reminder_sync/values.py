"""Reminders and tasks in the terms of the merge, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from activities.reminders.models import Reminder
from syncing.reminder_sync.merge import Values
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.shape import TaskShape
from syncing.salesforce import Record, as_stamp
from syncing.salesforce_settings.models import SalesforceSettings

State = Reminder.State
Priority = Reminder.Priority
Skipped = SalesforceSettings.SkippedReminder

SUBJECT_LENGTH = 255
NOTES_LENGTH = 32_000
LOW = "Low"
# Which field of a task says what.
TASK_FIELDS = {
    "subject": "Subject",
    "notes": "Description",
    "priority": "Priority",
    "due_on": "ActivityDate",
    "is_done": "Status",
    "owner": "OwnerId",
}
# Without a subject or a day it says nothing of them.
_BLANK = {"notes": "", "priority": Priority.NORMAL, "is_done": False}
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")


def one_line(text: str) -> str:
    """A subject as both sides can hold it."""
    return _LINE_BREAKS.sub(" ", _plain(text)).strip()[:SUBJECT_LENGTH].strip()


def many_lines(text: str) -> str:
    """A description as both sides can hold it."""
    return _plain(text).replace("\r\n", "\n").replace("\r", "\n").strip()[:NOTES_LENGTH].strip()


def zone_of(reminder: Reminder) -> ZoneInfo:
    """Salesforce knows the day that a task is due, which is one of its owner's days."""
    return ZoneInfo(reminder.owner.time_zone)


def day_of(reminder: Reminder) -> date:
    return reminder.due_at.astimezone(zone_of(reminder)).date()


def values_of_reminder(
    reminder: Reminder, link: ReminderLink, *, skipped: SalesforceSettings.SkippedReminder
) -> Values:
    """A due time that did not change since it was agreed leaves the day, whatever the zone is now.

    What is skipped here counts as done there, or says nothing, as the settings have it.
    """
    shadow = shadow_of(link)
    is_done = reminder.state == State.COMPLETED
    if reminder.state == State.SKIPPED:
        is_done = skipped == Skipped.COMPLETE or (shadow is not None and shadow.is_done)
    return Values(
        subject=one_line(reminder.subject),
        notes=many_lines(reminder.notes),
        priority=reminder.priority,
        due_on=shadow.due_on if shadow and reminder.due_at == link.due_at else day_of(reminder),
        is_done=is_done,
    )


def values_of_task(task: Record, *, instead: Values) -> Values:
    """A task without a subject or a day says nothing of it, nor does a field that is hidden."""
    day = task.get("ActivityDate")
    return Values(
        subject=one_line(task.get("Subject") or "") or instead.subject,
        notes=many_lines(task["Description"] or "") if "Description" in task else instead.notes,
        priority=_priority_of(task),
        due_on=date.fromisoformat(day) if day else instead.due_on,
        is_done=bool(task["IsClosed"]),
    )


def values_of_new(task: Record, *, today: date) -> Values:
    """A task that is not known yet; without a day it is due today."""
    nothing = Values(_("(no subject)"), "", Priority.NORMAL, today, is_done=False)
    return values_of_task(task, instead=nothing)


def values_once_made(values: Values, fields: Mapping[str, Any]) -> Values:
    """What a task says that is made with these fields only."""
    return values.changed(
        {name: blank for name, blank in _BLANK.items() if TASK_FIELDS[name] not in fields}
    )


def shadow_of(link: ReminderLink) -> Values | None:
    return Values.from_json(link.shadow) if link.shadow else None


def due_on_day(day: date, reminder: Reminder) -> datetime:
    """The reminder's time, on another day."""
    zone = zone_of(reminder)
    return datetime.combine(day, reminder.due_at.astimezone(zone).timetz().replace(tzinfo=zone))


def changes_of_reminder(changes: Mapping[str, Any], reminder: Reminder) -> dict[str, Any]:
    """The columns to set; being done is none of them."""
    columns = {name: changes[name] for name in ("subject", "notes", "priority") if name in changes}
    if "due_on" in changes:
        columns["due_at"] = due_on_day(changes["due_on"], reminder)
    return columns


def changes_of_task(changes: Mapping[str, Any], shape: TaskShape) -> dict[str, Any]:
    """The fields to write, of those that may be written."""
    fields: dict[str, Any] = {}
    if "subject" in changes:
        fields["Subject"] = changes["subject"]
    if "notes" in changes:
        fields["Description"] = changes["notes"] or None
    if "priority" in changes:
        fields["Priority"] = shape.priorities[changes["priority"]]
    if "due_on" in changes:
        fields["ActivityDate"] = changes["due_on"].isoformat()
    if "is_done" in changes:
        fields["Status"] = shape.done_status if changes["is_done"] else shape.open_status
    return fields


def alarm_of(reminder: Reminder) -> dict[str, Any]:
    """When Salesforce reminds; that it clears this afterwards is nobody's edit."""
    return {
        "IsReminderSet": reminder.state == State.OPEN,
        "ReminderDateTime": as_stamp(reminder.due_at),
    }


def _priority_of(task: Record) -> str:
    if task.get("IsHighPriority"):
        return Priority.HIGH
    return Priority.LOW if task.get("Priority") == LOW else Priority.NORMAL


def _plain(text: str) -> str:
    return text.replace("\x00", "")
