"""One send to many people: ticked ones, or a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activities.emails import services
from activities.emails.files import attach
from activities.emails.html import clean_html
from activities.emails.identities import default_identity
from activities.emails.models import Email, EmailBatch, SenderIdentity, StoredFile, Template
from people.errors import Refused
from people.models import Group, Person

State = Email.State


@transaction.atomic
def create_batch(
    *,
    sender: Any,
    people: Sequence[Person],
    kind: EmailBatch.Kind,
    now: datetime,
    group: Group | None = None,
    template: Template | None = None,
    subject: str = "",
    body_html: str = "",
    identity: SenderIdentity | None = None,
    files: Iterable[StoredFile] = (),
    tracked_files: Iterable[StoredFile] = (),
    is_non_commercial: bool = False,
) -> EmailBatch:
    """A draft for each person, once. Raises Refused for nobody or for too many."""
    people = list({person.pk: person for person in people}.values())
    if not people:
        raise Refused(_("Choose somebody first."))
    if len(people) > EmailBatch.MAX_PEOPLE:
        limit = EmailBatch.MAX_PEOPLE
        raise Refused(_("At most %(limit)d people at once.") % {"limit": limit})
    identity = identity or default_identity(sender)
    batch = EmailBatch.objects.create(
        sender=sender,
        kind=kind,
        group=group,
        template=template,
        subject=services.one_line(subject),
        body_html=clean_html(body_html),
        created_at=now,
    )
    files, tracked_files = list(files), list(tracked_files)
    for person in people:
        services.draft_email(
            sender=sender,
            person=person,
            now=now,
            subject=subject,
            body_html=body_html,
            template=template,
            identity=identity,
            files=files,
            tracked_files=tracked_files,
            batch=batch,
            is_non_commercial=is_non_commercial,
        )
    return batch


@transaction.atomic
def edit_all(
    *,
    batch: EmailBatch,
    subject: str,
    body_html: str,
    now: datetime,
    overwrites_customised: bool,
    template: Template | None = None,
    is_non_commercial: bool = False,
    files: Iterable[StoredFile] | None = None,
    tracked_files: Iterable[StoredFile] | None = None,
) -> int:
    """Give all drafts this text; those edited one by one only if it is said so. How many it were.

    Raises Refused once the batch is sent.
    """
    batch = _locked(batch)
    batch.subject, batch.body_html = services.one_line(subject), clean_html(body_html)
    batch.template = template
    batch.save(update_fields=["subject", "body_html", "template"])
    drafts = batch.emails.filter(state=State.DRAFT, deleted_at=None)
    if not overwrites_customised:
        drafts = drafts.filter(is_customised=False)
    if files is not None or tracked_files is not None:
        files = None if files is None else list(files)
        tracked_files = None if tracked_files is None else list(tracked_files)
        for email in drafts:
            attach(email=email, files=files, tracked_files=tracked_files)
    return drafts.update(
        subject=batch.subject,
        body_html=batch.body_html,
        template=template,
        is_non_commercial=is_non_commercial,
        is_customised=False,
        updated_at=now,
    )


@transaction.atomic
def send_batch(*, batch: EmailBatch, now: datetime, at: datetime | None = None) -> int:
    """Queue its drafts for `at`, or now; return how many.

    A draft that has nothing to send is named by Refused, and then none is queued: whatever else
    keeps an email is found when it is sent, and then stands with the email.
    """
    batch = _locked(batch)
    drafts = batch.emails.filter(state=State.DRAFT, deleted_at=None).select_related("person")
    for email in drafts:
        try:
            services.schedule(email=email, now=now, at=at)
        except Refused as refused:
            raise Refused(f"{email.person.name}: {refused}") from refused
    batch.sent_at = now
    batch.save(update_fields=["sent_at"])
    return len(drafts)


@transaction.atomic
def recall_batch(*, batch: EmailBatch, now: datetime) -> int:
    """Make drafts again of what waits to be sent; return how many.

    When nothing went out yet, the batch is one that is still being written.
    """
    batch = EmailBatch.objects.select_for_update().get(pk=batch.pk)
    emails = batch.emails.select_for_update().filter(deleted_at=None)
    waiting = emails.filter(state=State.SCHEDULED)
    recalled = waiting.update(
        state=State.DRAFT,
        scheduled_for=None,
        next_attempt_at=None,
        reason_code="",
        reason="",
        updated_at=now,
    )
    if not emails.exclude(state=State.DRAFT).exists():
        batch.sent_at = None
        batch.save(update_fields=["sent_at"])
    return recalled


def _locked(batch: EmailBatch) -> EmailBatch:
    batch = EmailBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.sent_at is not None:
        raise Refused(_("This was sent already."))
    return batch
