"""Emails that are being written, perhaps in two windows at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction

from activities.emails.models import Email
from activities.emails.services import draft_email, edit_draft
from activities.reminders.models import Reminder
from people.models import Person


class Conflict(Exception):
    """Somebody else changed the email since: nothing was saved. `email` is how it is now."""

    def __init__(self, email: Email) -> None:
        super().__init__(str(email))
        self.email = email


def version_of(email: Email) -> str:
    """What a form holds to say which state of the email it shows; empty before the first save."""
    return email.updated_at.isoformat() if email.pk else ""


@transaction.atomic
def save_draft(
    *,
    sender: Any,
    key: UUID,
    version: str,
    person: Person,
    now: datetime,
    follow_up_to: Email | None = None,
    reminder: Reminder | None = None,
    **fields: Any,
) -> Email:
    """Save what a form shows, `fields` as `edit_draft` takes them.

    The form chose the `key` when it was opened: the first save makes the draft, all others change
    it. What a reminder led to belongs to the reminder's campaign. Raises Conflict unless `version`
    is that of the last save, and Refused as `edit_draft`.
    """
    # Two first saves at once make one draft.
    get_user_model().objects.select_for_update(no_key=True).get(pk=sender.pk)
    email = Email.objects.filter(uuid=key).first()
    if email is None:
        email = draft_email(
            sender=sender,
            person=person,
            now=now,
            follow_up_to=follow_up_to,
            campaign_id=reminder.campaign_id if reminder else None,
            campaign_name=reminder.campaign_name if reminder else "",
            **fields,
        )
        email.uuid = key
        email.save(update_fields=["uuid"])
        return email
    if email.sender_id != sender.pk:
        raise PermissionDenied
    if version_of(email) != version or email.deleted_at:
        raise Conflict(email)
    return edit_draft(email=email, now=now, **fields)
