"""The activity log: one row for each thing that happened between a seller and a person."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Person


class Activity(models.Model):
    """One thing that happened. Append-only: a trigger refuses changes and deletions.

    Written only by `activities.recording`.
    """

    class Kind(models.TextChoices):
        EMAIL_SENT = "EMAIL_SENT", _("Send Sales Email")
        EMAIL_OPENED = "EMAIL_OPENED", _("Open Sales Email")
        EMAIL_CLICKED = "EMAIL_CLICKED", _("Click Sales Email")
        EMAIL_REPLIED = "EMAIL_REPLIED", _("Replied to Sales Email")
        EMAIL_BOUNCED = "EMAIL_BOUNCED", _("Sales Email Bounced")
        CALL_RECEIVED = "CALL_RECEIVED", _("Sales Call Received")
        CAMPAIGN_ADDED = "CAMPAIGN_ADDED", _("Add to Sales Campaign")
        CAMPAIGN_REMOVED = "CAMPAIGN_REMOVED", _("Removed from Sales Campaign")

    class About(models.TextChoices):
        EMAIL = "EMAIL", _("Email")
        CALL = "CALL", _("Call")
        CAMPAIGN_MEMBER = "CAMPAIGN_MEMBER", _("Campaign member")

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="activities")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="activities"
    )
    occurred_at = models.DateTimeField(_("when"))
    recorded_at = models.DateTimeField()
    about_type = models.CharField(max_length=20, choices=About.choices)
    about_id = models.BigIntegerField()
    # What a reader recognises it by: the email's subject, the call's outcome, the campaign's name.
    subject = models.CharField(max_length=500, blank=True)
    # The fields of the kind's dataclass in `activities.details`.
    details = models.JSONField(default=dict)
    # The same thing told twice is recorded once.
    idempotency_key = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes: ClassVar = [
            models.Index(fields=["person", "-occurred_at", "-uuid"], name="activity_by_person"),
            models.Index(fields=["-occurred_at", "-uuid"], name="activity_newest_first"),
            models.Index(fields=["actor", "-occurred_at", "-uuid"], name="activity_by_actor"),
            models.Index(fields=["about_type", "about_id"], name="activity_by_about"),
            models.Index(fields=["recorded_at", "uuid"], name="activity_by_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"


class IdempotentRequest(models.Model):
    """A request to the API that carried an Idempotency-Key, and the answer it got; kept 24 h."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # SHA-256 of method, path and body: the same key with another request is an error.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("user", "key", name="idempotency_key_once_per_user"),
        ]

    def __str__(self) -> str:
        return self.key
