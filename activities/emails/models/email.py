"""An email to one person, from draft to what became of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activities.emails.models.channels import SenderIdentity
from activities.emails.models.templates import StoredFile, Template
from people.models import Group, Person


class EmailBatch(models.Model):
    """One press of Send for many people: ticked ones, or a group."""

    MAX_PEOPLE = 200

    class Kind(models.TextChoices):
        SELECT_AND_SEND = "SELECT_AND_SEND", _("Select and send")
        GROUP = "GROUP", _("Group email")

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="email_batches"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    group = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+")
    template = models.ForeignKey(Template, on_delete=models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=500, blank=True)
    body_html = models.TextField(blank=True)
    created_at = models.DateTimeField()
    # Until then its emails are drafts that may still be edited one by one.
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.subject


class Email(models.Model):
    """One email to one person. Its text is what the seller wrote, and once sent what went out."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        # Waits for `next_attempt_at`; sent now is scheduled for now.
        SCHEDULED = "SCHEDULED", _("Scheduled")
        # A worker has it until `lease_until`.
        IN_PROGRESS = "IN_PROGRESS", _("In progress")
        SENT = "SENT", _("Delivered")
        # It may or may not have gone out: a person decides.
        UNCERTAIN = "UNCERTAIN", _("Uncertain")
        FAILED = "FAILED", _("Failed")
        BOUNCED = "BOUNCED", _("Bounced")
        SPAM = "SPAM", _("Spam")
        CANCELLED = "CANCELLED", _("Cancelled")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="emails"
    )
    identity = models.ForeignKey(
        SenderIdentity, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="emails")
    # The address it is sent to, fixed when it is; until then the person's own.
    to_address = models.CharField(max_length=255, blank=True)
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    template = models.ForeignKey(
        Template, on_delete=models.SET_NULL, null=True, related_name="emails"
    )
    is_non_commercial = models.BooleanField(default=False)
    batch = models.ForeignKey(
        EmailBatch, on_delete=models.PROTECT, null=True, related_name="emails"
    )
    # Edited for this person alone: an edit for all asks before it overwrites this one.
    is_customised = models.BooleanField(default=False)
    # The campaign it belongs to; campaigns are a floor above.
    campaign_id = models.BigIntegerField(null=True)
    campaign_name = models.CharField(max_length=150, blank=True)
    follow_up_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="follow_ups"
    )

    # With dynamic fields, as written.
    subject = models.CharField(max_length=500, blank=True)
    body_html = models.TextField(blank=True)
    # As sent: fields filled in, before links and pixel for tracking.
    sent_subject = models.CharField(max_length=500, blank=True)
    sent_html = models.TextField(blank=True)
    sent_text = models.TextField(blank=True)
    from_header = models.CharField(max_length=400, blank=True)
    # Without angle brackets, lower case.
    message_id = models.CharField(max_length=255, unique=True, null=True)  # noqa: DJ001 unique once set

    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    # Why it failed, bounced, waits or is uncertain: a code of `activities.emails.failures`.
    reason_code = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    scheduled_for = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    # From this moment the server may have it; a lease that ends after it leaves it uncertain.
    transmitting_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    is_success = models.BooleanField(default=False)

    views = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    replies = models.PositiveIntegerField(default=0)
    last_engaged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_attempt_at", "id"], name="email_due", condition=Q(state="SCHEDULED")
            ),
            models.Index(
                fields=["lease_until"], name="email_leased", condition=Q(state="IN_PROGRESS")
            ),
            models.Index(fields=["sender", "state", "-updated_at", "-id"], name="email_by_folder"),
            models.Index(fields=["state", "-updated_at", "-id"], name="email_by_state"),
            models.Index(
                fields=["sender", "-updated_at", "-id"],
                name="email_archived",
                condition=Q(archived_at__isnull=False),
            ),
            models.Index(
                fields=["sender", "sent_at"],
                name="email_sent_by_day",
                condition=Q(sent_at__isnull=False),
            ),
            models.Index(fields=["person", "-created_at"], name="email_by_person"),
            models.Index(fields=["-created_at", "-id"], name="email_newest_first"),
            models.Index(fields=["sender", "-created_at", "-id"], name="email_by_sender"),
            models.Index(
                fields=["campaign_id"],
                name="email_by_campaign",
                condition=Q(campaign_id__isnull=False),
            ),
            # Everybody's, as an admin sorts them.
            *(
                models.Index(
                    fields=[f"-{figure}", "-id"],
                    name=f"email_delivered_by_{figure}",
                    condition=Q(state="SENT", deleted_at=None, archived_at=None),
                )
                for figure in ("views", "clicks", "replies")
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="email_scheduled_with_time",
                condition=~Q(state="SCHEDULED") | Q(next_attempt_at__isnull=False),
            ),
            models.CheckConstraint(
                name="email_in_progress_with_lease",
                condition=~Q(state="IN_PROGRESS") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="email_sent_with_proof",
                condition=~Q(state="SENT") | Q(sent_at__isnull=False, message_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.sent_subject or self.subject

    @property
    def subject_id(self) -> str:
        """What marks the subject in Marketo, as in `(SIA-12345678)`."""
        return f"(SIA-{self.pk:08d})"


class EmailFile(models.Model):
    """A file that goes with an email: attached, or as a link to a page that tracks its views."""

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    is_tracked = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("email", "file", name="file_once_per_email"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.email_id}"


class EmailLink(models.Model):
    """A link in a sent email whose clicks are tracked; only these addresses are led on to."""

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="links")
    position = models.PositiveIntegerField()
    url = models.TextField()
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("email", "position", name="link_once_per_email"),
        ]

    def __str__(self) -> str:
        return self.url
