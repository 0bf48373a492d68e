"""What a seller means to do, and when. Called reminders, so that nobody takes them for jobs."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import Person


class Reminder(models.Model):
    class Kind(models.TextChoices):
        CALL = "CALL", _("Call")
        EMAIL = "EMAIL", _("Email")
        INMAIL = "INMAIL", _("InMail")
        CUSTOM = "CUSTOM", _("Custom")

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        COMPLETED = "COMPLETED", _("Completed")
        SKIPPED = "SKIPPED", _("Skipped")
        DELETED = "DELETED", _("Deleted")

    class Priority(models.TextChoices):
        HIGH = "HIGH", _("High")
        NORMAL = "NORMAL", _("Normal")
        LOW = "LOW", _("Low")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders"
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices, default=Kind.CUSTOM)
    subject = models.CharField(_("subject"), max_length=255)
    notes = models.TextField(_("notes"), blank=True)
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority.choices, default=Priority.NORMAL
    )
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    # When it was completed, skipped or deleted.
    closed_at = models.DateTimeField(null=True)
    # The campaign whose step it is; campaigns are a floor above.
    campaign_id = models.BigIntegerField(null=True)
    campaign_name = models.CharField(max_length=150, blank=True)
    # Of the form that it came by, which may be about several people.
    key = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["owner", "due_at", "id"], name="reminder_open", condition=Q(state="OPEN")
            ),
            models.Index(fields=["owner", "-closed_at", "-id"], name="reminder_closed"),
            models.Index(fields=["person", "due_at"], name="reminder_by_person"),
            # Whatever its state: the API lists them by it.
            models.Index(fields=["owner", "-due_at", "-id"], name="reminder_by_due"),
            models.Index(fields=["-due_at", "-id"], name="reminder_all_by_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["key", "person"],
                name="reminder_once_per_form",
                condition=Q(key__isnull=False),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="reminder_closed_with_time",
                condition=Q(state="OPEN", closed_at=None)
                | (~Q(state="OPEN") & Q(closed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.subject
