"""An email to many while it is being written: one text for all, and those who get their own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from activities.emails.batches import edit_all
from activities.emails.drafts import version_of
from activities.emails.models import Email, EmailBatch
from activities.emails.services import edit_draft

State = Email.State


class Changed(Exception):
    """The text was changed in another window since: nothing was saved."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


def batch_version(batch: EmailBatch) -> str:
    """What a form holds to say which text of the batch it shows."""
    text = f"{batch.template_id}\n{batch.subject}\n{batch.body_html}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@transaction.atomic
def save_for_all(
    *, batch: EmailBatch, version: str, overwrites_customised: bool, now: datetime, **content: Any
) -> EmailBatch:
    """Raises Changed unless `version` is that of the text as it stands, and Refused once sent."""
    batch = EmailBatch.objects.select_for_update().get(pk=batch.pk)
    if batch_version(batch) != version:
        raise Changed(batch_version(batch))
    if _has_files(batch, content):
        # Each email has its own rows of files: they are not written anew with every word.
        content = {name: content[name] for name in content.keys() - {"files", "tracked_files"}}
    edit_all(batch=batch, overwrites_customised=overwrites_customised, now=now, **content)
    batch.refresh_from_db()
    return batch


def _has_files(batch: EmailBatch, content: dict[str, Any]) -> bool:
    """Whether the emails with the text for all hold exactly the files of the form."""
    email = batch.emails.filter(deleted_at=None, is_customised=False).order_by("pk").first()
    wanted = {
        *((file.pk, False) for file in content["files"]),
        *((file.pk, True) for file in content["tracked_files"]),
    }
    return email is not None and set(email.files.values_list("file", "is_tracked")) == wanted


@transaction.atomic
def save_for_one(
    *, email: Email, version: str, subject: str, body_html: str, now: datetime
) -> Email:
    """Give one person a text of their own. Raises as `save_for_all`."""
    email = Email.objects.select_for_update(of=("self",)).get(pk=email.pk)
    if version_of(email) != version:
        raise Changed(version_of(email))
    return edit_draft(
        email=email, subject=subject, body_html=body_html, is_customised=True, now=now
    )


@transaction.atomic
def share_text_again(*, email: Email, now: datetime) -> Email:
    """Let one person get the text for all after all."""
    batch = email.batch
    if batch is None:
        raise ValueError("This email is to one person only.")
    return edit_draft(
        email=email,
        subject=batch.subject,
        body_html=batch.body_html,
        is_customised=False,
        now=now,
    )


def emails_of(batch: EmailBatch) -> Sequence[Email]:
    """Everybody's, in the order of their names."""
    emails = batch.emails.filter(deleted_at=None).select_related("person", "sender", "identity")
    return list(emails.order_by("person__last_name", "person__first_name", "pk"))
