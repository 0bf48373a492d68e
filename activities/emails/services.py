"""What sellers do with an email, from draft to archive. Each locks the row it changes."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from activities.emails import settling
from activities.emails.addresses import checked_copies
from activities.emails.failures import Code, Stop
from activities.emails.files import attach
from activities.emails.html import clean_html, text_of
from activities.emails.identities import default_identity
from activities.emails.models import Email, EmailBatch, SenderIdentity, StoredFile, Template
from activities.emails.nudging import nudge
from activities.emails.signals import email_unscheduling
from people.errors import Refused
from people.models import Person

State = Email.State

EDITABLE = {State.DRAFT, State.SCHEDULED}
UNDELIVERED = {State.FAILED, State.BOUNCED, State.SPAM}
# What a seller may change in a draft.
_PLAIN_FIELDS = frozenset({"person", "template", "identity", "is_non_commercial", "is_customised"})
DRAFT_FIELDS = _PLAIN_FIELDS | {"subject", "body_html", "cc", "bcc", "files", "tracked_files"}


@transaction.atomic
def draft_email(
    *,
    sender: Any,
    person: Person,
    now: datetime,
    subject: str = "",
    body_html: str = "",
    template: Template | None = None,
    cc: Iterable[str] = (),
    bcc: Iterable[str] = (),
    identity: SenderIdentity | None = None,
    files: Iterable[StoredFile] = (),
    tracked_files: Iterable[StoredFile] = (),
    batch: EmailBatch | None = None,
    is_non_commercial: bool = False,
    campaign_id: int | None = None,
    campaign_name: str = "",
    follow_up_to: Email | None = None,
) -> Email:
    """A draft to one person, as the sender's default identity unless told otherwise.

    Raises Refused when an address in Cc or Bcc is none, or the files are too large.
    """
    cc, bcc = checked_copies(cc=cc, bcc=bcc)
    email = Email.objects.create(
        sender=sender,
        person=person,
        identity=identity or default_identity(sender),
        subject=one_line(subject),
        body_html=clean_html(body_html),
        template=template,
        cc=cc,
        bcc=bcc,
        batch=batch,
        is_non_commercial=is_non_commercial,
        campaign_id=campaign_id,
        campaign_name=campaign_name,
        follow_up_to=follow_up_to,
        created_at=now,
        updated_at=now,
    )
    files, tracked_files = list(files), list(tracked_files)
    if files or tracked_files:
        attach(email=email, files=files, tracked_files=tracked_files)
    return email


@transaction.atomic
def edit_draft(*, email: Email, now: datetime, **fields: Any) -> Email:
    """Change what is in DRAFT_FIELDS; a scheduled email stays scheduled.

    Raises Refused once it is on its way.
    """
    if unknown := fields.keys() - DRAFT_FIELDS:
        raise TypeError(f"Not fields of a draft: {', '.join(sorted(unknown))}")
    row = _locked(email, EDITABLE, _("This email is on its way and cannot be edited any more."))
    if "cc" in fields or "bcc" in fields:
        copies = {"cc": row.cc, "bcc": row.bcc} | fields
        row.cc, row.bcc = checked_copies(cc=copies["cc"], bcc=copies["bcc"])
    if "body_html" in fields:
        row.body_html = clean_html(fields["body_html"])
    if "subject" in fields:
        row.subject = one_line(fields["subject"])
    for name in fields.keys() & _PLAIN_FIELDS:
        setattr(row, name, fields[name])
    if "files" in fields or "tracked_files" in fields:
        attach(
            email=row,
            files=fields.get("files"),
            tracked_files=fields.get("tracked_files"),
        )
    return _saved(row, now)


@transaction.atomic
def schedule(*, email: Email, now: datetime, at: datetime | None = None) -> Email:
    """Queue a draft to be sent at `at`, or at once; a scheduled email gets another time.

    Raises Refused when there is nothing to send. Whether it may be sent is asked when it is.
    """
    row = _locked(email, EDITABLE, _("This email is on its way or was sent already."))
    if not row.subject.strip() and row.follow_up_to_id is None:
        raise Refused(_("Write a subject first."))
    if not text_of(row.body_html).strip() and "<img" not in row.body_html:
        raise Refused(_("Write something first."))
    row.identity = row.identity or default_identity(row.sender)
    return _queued(row, at=max(at, now) if at else now, now=now)


@transaction.atomic
def unschedule(*, email: Email, now: datetime) -> Email:
    """Make a scheduled email a draft again.

    Raises Refused once it is on its way, or when an upper floor waits for it.
    """
    row = _locked(email, {State.SCHEDULED}, _("This email is not scheduled any more."))
    email_unscheduling.send(sender=Email, email=row)
    row.state, row.scheduled_for, row.next_attempt_at = State.DRAFT, None, None
    row.reason_code = row.reason = ""
    return _saved(row, now)


@transaction.atomic
def cancel_emails(*, emails: QuerySet[Email], code: str, reason: str, now: datetime) -> int:
    """Cancel what a server cannot have yet; return how many that were."""
    waiting = {State.DRAFT, State.SCHEDULED, State.IN_PROGRESS}
    cancelled = emails.filter(state__in=waiting, transmitting_at=None).update(
        state=State.CANCELLED,
        reason_code=code,
        reason=reason,
        next_attempt_at=None,
        lease_until=None,
        settled_at=now,
        updated_at=now,
    )
    return int(cancelled)


@transaction.atomic
def retry(*, email: Email, now: datetime) -> Email:
    """Send an undelivered email once more. It gets the text and the address of today."""
    row = _locked(email, UNDELIVERED, _("Only an undelivered email can be sent again."))
    if row.sent_at is not None:
        # It went out before, so this is another message, and another activity.
        row.uuid = uuid.uuid4()
    row.to_address = ""
    row.attempts = 0
    row.transmitting_at = row.sent_at = row.settled_at = None
    return _queued(row, at=now, now=now)


@transaction.atomic
def settle_uncertain(*, email: Email, was_sent: bool, by: Any, now: datetime) -> Email:
    """A person's word on an email of which no server said whether it took it.

    Raises Refused when it is not uncertain any more.
    """
    row = _locked(email, {State.UNCERTAIN}, _("This email is not uncertain any more."))
    if was_sent:
        settling.settle_sent(email=row, sent_at=row.transmitting_at or now, now=now)
    else:
        reason = _("%(name)s found that it had not gone out.") % {"name": by.get_full_name()}
        settling.settle_failed(email=row, stop=Stop(Code.NOT_SENT, reason), now=now)
    return row


@transaction.atomic
def archive(*, email: Email, now: datetime) -> Email:
    """Put a sent email away; its opens and clicks are not counted any more."""
    row = _locked(email, {State.SENT}, _("Only a delivered email can be archived."))
    row.archived_at = row.archived_at or now
    return _saved(row, now)


@transaction.atomic
def unarchive(*, email: Email, now: datetime) -> Email:
    row = _locked(email, {State.SENT}, _("This email is not archived."))
    row.archived_at = None
    return _saved(row, now)


@transaction.atomic
def delete(*, email: Email, now: datetime) -> Email:
    """Move an email to the bin, where it can be brought back from; it is not sent from there.

    Raises Refused for emails of campaigns, and for those that are not archived or undelivered.
    """
    row = _locked(email, set(State), "")
    if row.campaign_id is not None:
        raise Refused(_("Emails of a campaign cannot be deleted."))
    if row.state in {State.IN_PROGRESS, State.UNCERTAIN}:
        raise Refused(_("Wait until it is known what became of this email."))
    if row.state == State.SENT and row.archived_at is None:
        raise Refused(_("Archive this email first."))
    if row.state == State.SCHEDULED:
        row.state, row.scheduled_for, row.next_attempt_at = State.DRAFT, None, None
    row.deleted_at = row.deleted_at or now
    return _saved(row, now)


@transaction.atomic
def undelete(*, email: Email, now: datetime) -> Email:
    """Bring an email back from the bin. What was scheduled comes back as a draft."""
    row = Email.objects.select_for_update().get(pk=email.pk)
    row.deleted_at = None
    return _saved(row, now)


@transaction.atomic
def mark_success(*, email: Email, now: datetime, is_success: bool = True) -> Email:
    row = _locked(email, {State.SENT}, _("Only a delivered email can be a success."))
    row.is_success = is_success
    return _saved(row, now)


def one_line(text: str) -> str:
    """A subject without line breaks and NUL, which PostgreSQL does not take."""
    return " ".join(text.replace("\0", "").split())[:500]


def _locked(email: Email, states: Collection[str], otherwise: str) -> Email:
    row = (
        Email.objects.select_for_update(of=("self",))
        .select_related("person", "sender", "identity", "follow_up_to")
        .get(pk=email.pk)
    )
    if row.deleted_at is not None:
        raise Refused(_("This email is deleted."))
    if row.state not in states:
        raise Refused(otherwise)
    return row


def _queued(row: Email, *, at: datetime, now: datetime) -> Email:
    row.state = State.SCHEDULED
    row.scheduled_for = row.next_attempt_at = at
    row.reason_code = row.reason = ""
    if at <= now:
        nudge()
    return _saved(row, now)


def _saved(row: Email, now: datetime) -> Email:
    row.updated_at = now
    row.save()
    return row
