"""Reminders that Salesforce refuses, or that need a decision, in the diagnostics."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from syncing.delivery.models import Destination
from syncing.diagnostics.sources import Finding, Source, register
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.services import ignore, in_trouble, retry


def tell(link: ReminderLink) -> Finding:
    reminder = link.reminder
    return Finding(
        what=_("Reminder: %(subject)s") % {"subject": reminder.subject},
        who=str(reminder.owner),
        person=reminder.person,
        happened_at=reminder.updated_at,
        url=reverse("reminder-sync:history", args=[reminder.pk]),
    )


register(
    Source(
        name="reminders",
        label=_("Reminders in Salesforce"),
        destination=Destination.SALESFORCE,
        rows=in_trouble,
        person="reminder__person",
        related=("reminder__owner", "reminder__person"),
        tell=tell,
        retry=retry,
        ignore=ignore,
    )
)
