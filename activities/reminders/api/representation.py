"""A reminder as the API shows it."""

from __future__ import annotations

from typing import Any

from activities.reminders.models import Reminder
from people.api.representation import timestamp

STATUSES = {
    Reminder.State.OPEN: "open",
    Reminder.State.COMPLETED: "complete",
    Reminder.State.SKIPPED: "skipped",
}


def represent(reminder: Reminder) -> dict[str, Any]:
    """`owner` must be loaded with it. What is absent is null."""
    return {
        "id": reminder.pk,
        "person": reminder.person_id,
        "name": reminder.subject,
        "type": reminder.kind.lower(),
        "status": STATUSES[Reminder.State(reminder.state)],
        "priority": reminder.priority.lower(),
        "due_at": timestamp(reminder.due_at),
        "details": reminder.notes or None,
        "assignee": reminder.owner.email,
        "campaign": reminder.campaign_name or None,
        "created_at": timestamp(reminder.created_at),
        "updated_at": timestamp(reminder.updated_at),
        "closed_at": timestamp(reminder.closed_at) if reminder.closed_at else None,
    }
