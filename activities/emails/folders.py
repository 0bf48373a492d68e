"""The folders of the Command Center."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Count, IntegerField, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.emails.models import Email, EmailBatch

State = Email.State
# More are not counted.
COUNT_LIMIT = 1_000


class Section(NamedTuple):
    label: str | Promise
    folders: tuple[Folder, ...]


class Folder(NamedTuple):
    """Emails of one state; the archive holds those of every state that were put there."""

    name: str
    label: str | Promise
    icon: str
    empty: str | Promise
    state: Email.State | None = None

    def emails(self, emails: QuerySet[Email]) -> QuerySet[Email]:
        """Those of `emails` that are in this folder."""
        kept = emails.filter(deleted_at=None, archived_at__isnull=self.state is not None)
        if self.state is None:
            return kept
        kept = kept.filter(state=self.state)
        if self.state is not State.DRAFT:
            return kept
        # The drafts of an email to many are on its own page until it is sent.
        return kept.filter(Q(batch=None) | Q(batch__sent_at__isnull=False))


SECTIONS = (
    Section(
        _("Sent"),
        (
            Folder(
                "delivered",
                _("Delivered"),
                "send",
                _("Emails appear here once they have gone out."),
                State.SENT,
            ),
            Folder(
                "archived",
                _("Archived"),
                "archive",
                _("Archive a delivered email, and its views and clicks are no longer counted."),
            ),
        ),
    ),
    Section(
        _("Pending"),
        (
            Folder(
                "scheduled",
                _("Scheduled"),
                "calendar-time",
                _("Schedule an email while you write it, and it waits here until its time."),
                State.SCHEDULED,
            ),
            Folder(
                "draft",
                _("Drafts"),
                "pencil",
                _("An email that you begin and leave is kept here."),
                State.DRAFT,
            ),
            Folder(
                "in-progress",
                _("In progress"),
                "refresh",
                _("Emails are here only for the moment in which they go out."),
                State.IN_PROGRESS,
            ),
        ),
    ),
    Section(
        _("Undelivered"),
        (
            Folder(
                "failed",
                _("Failed"),
                "alert-circle",
                _("Emails that could not be sent would be here, each with the reason."),
                State.FAILED,
            ),
            Folder(
                "bounced",
                _("Bounced"),
                "arrow-back-up",
                _("Emails that a mail server returned would be here."),
                State.BOUNCED,
            ),
            Folder(
                "spam",
                _("Spam"),
                "shield-lock",
                _("Emails that somebody reported as spam would be here."),
                State.SPAM,
            ),
            Folder(
                "uncertain",
                _("Uncertain"),
                "alert-triangle",
                _("Emails of which nobody knows whether they went out would wait here for you."),
                State.UNCERTAIN,
            ),
            Folder(
                "cancelled",
                _("Cancelled"),
                "player-stop",
                _("Emails that were called off, by a campaign's end for example, would be here."),
                State.CANCELLED,
            ),
        ),
    ),
)
FOLDERS = {folder.name: folder for section in SECTIONS for folder in section.folders}


class _Count(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def counts_of(emails: QuerySet[Email]) -> Mapping[str, int]:
    """How many of `emails` are in each folder, at most one more than the limit; one query."""
    counts = [
        _Count(folder.emails(emails).order_by().values("pk")[: COUNT_LIMIT + 1])
        for folder in FOLDERS.values()
    ]
    # One row to count beside.
    found = get_user_model().objects.order_by("pk").values_list(*counts)[:1].get()
    return dict(zip(FOLDERS, found, strict=True))


def folder_of(email: Email) -> Folder:
    """The folder an email is in."""
    if email.archived_at:
        return FOLDERS["archived"]
    return next(folder for folder in FOLDERS.values() if folder.state == email.state)


def open_batches(*, sender: Any) -> QuerySet[EmailBatch]:
    """Emails to many that are still being written, the latest first."""
    batches = EmailBatch.objects.filter(sender=sender, sent_at=None)
    people = Count("emails", filter=Q(emails__deleted_at=None))
    counted = batches.annotate(people_count=people).filter(people_count__gt=0)
    return counted.order_by("-created_at", "-pk")
