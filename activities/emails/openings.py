"""What an email begins with when a reminder leads to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.emails.models import Email, StoredFile
from activities.reminders.models import Reminder


@dataclass(frozen=True)
class Beginning:
    """An email that is not saved yet, and the files to go with it."""

    email: Email
    files: Sequence[StoredFile] = ()


# Upper floors add functions that know what some reminders are about: of the reminder and now.
beginnings: list[Callable[[Reminder, datetime], Beginning | None]] = []


def beginning_of(reminder: Reminder, now: datetime) -> Beginning | None:
    """What a floor above has to say on this reminder; None when none knows it."""
    found = (begin(reminder, now) for begin in beginnings)
    return next((beginning for beginning in found if beginning), None)


def reminder_of(email: Email) -> Reminder | None:
    """The open reminder of a campaign that a draft goes back to."""
    if email.campaign_id is None:
        return None
    return Reminder.objects.filter(
        owner=email.sender_id,
        person=email.person_id,
        campaign_id=email.campaign_id,
        kind=Reminder.Kind.EMAIL,
        state=Reminder.State.OPEN,
    ).first()
