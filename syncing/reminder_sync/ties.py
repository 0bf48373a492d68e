"""Reminders that are tasks in Salesforce bind the workspace to its org."""

from __future__ import annotations

from syncing.reminder_sync.models import ReminderLink
from syncing.salesforce_connections.ties import ties


def are_reminders_linked() -> bool:
    return ReminderLink.objects.exclude(task_id="").exists()


ties.append(are_reminders_linked)
