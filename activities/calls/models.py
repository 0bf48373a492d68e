"""Calls, and the lists that a seller picks their outcome and reason from."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from activities.reminders.models import Reminder
from people.models import Person


class CallOutcome(models.Model):
    MAX_OUTCOMES = 15

    name = models.CharField(_("name"), max_length=50)
    is_answered = models.BooleanField(_("answered"))
    position = models.PositiveIntegerField(default=0)
    # One that calls have is not deleted, only no longer offered.
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="outcome_once",
                condition=Q(retired_at=None),
                violation_error_message=_("There is already an outcome with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CallReason(models.Model):
    MAX_REASONS = 15

    name = models.CharField(_("name"), max_length=50)
    position = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="reason_once",
                condition=Q(retired_at=None),
                violation_error_message=_("There is already a reason with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CallSettings(models.Model):
    """One row for the instance. Read it with `CallSettings.load()`."""

    class Ask(models.TextChoices):
        OFF = "OFF", _("Off")
        OPTIONAL = "OPTIONAL", _("Optional")
        REQUIRED = "REQUIRED", _("Required")

    outcomes = models.CharField(
        _("call outcomes"), max_length=8, choices=Ask.choices, default=Ask.OFF
    )
    reasons = models.CharField(
        _("call reasons"), max_length=8, choices=Ask.choices, default=Ask.OFF
    )
    # ISO 3166 code of the country that a number without a prefix is in.
    default_region = models.CharField(_("country of numbers"), max_length=2, default="US")
    # The adapter that starts calls, by name; empty: tel: links only.
    provider = models.CharField(_("provider"), max_length=32, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_call_settings", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Call settings"

    @classmethod
    def load(cls) -> CallSettings:
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class CallerNumber(models.Model):
    """Where a provider rings a seller before it bridges a call; typed once."""

    caller = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    phone_number = models.CharField(_("your number"), max_length=64)

    def __str__(self) -> str:
        return self.phone_number


class Call(models.Model):
    """A call to a person. Only a logged one is an activity."""

    class State(models.TextChoices):
        STARTED = "STARTED", _("Not logged yet")
        LOGGED = "LOGGED", _("Logged")

    class Status(models.TextChoices):
        COMPLETED = "COMPLETED", _("Completed")
        NO_ANSWER = "NO_ANSWER", _("No answer")
        CANCELLED = "CANCELLED", _("Cancelled")
        FAILED = "FAILED", _("Failed")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="calls")
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calls"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.STARTED)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, blank=True)
    outcome = models.ForeignKey(
        CallOutcome, on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    reason = models.ForeignKey(
        CallReason, on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    # Of the form that it came by: sent twice, and a provider asked twice, it is still one call.
    key = models.UUIDField(default=uuid4)
    # In international form when it is a number we can read, else as entered.
    phone_number = models.CharField(_("number"), max_length=64, blank=True)
    called_at = models.DateTimeField(_("started"))
    duration_seconds = models.PositiveIntegerField(_("duration"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    answered_by = models.CharField(_("answered by"), max_length=255, blank=True)
    recording_url = models.URLField(_("recording"), max_length=1000, blank=True)
    reminder = models.ForeignKey(
        Reminder, on_delete=models.SET_NULL, null=True, related_name="calls"
    )
    campaign_id = models.BigIntegerField(null=True)
    campaign_name = models.CharField(max_length=150, blank=True)
    provider = models.CharField(max_length=32, blank=True)
    provider_call_id = models.CharField(max_length=128, blank=True)
    # The latest report of the provider that was read; older ones that come later are not.
    provider_sequence = models.PositiveIntegerField(default=0)
    logged_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["caller", "-called_at", "-id"], name="call_by_caller"),
            models.Index(fields=["-called_at", "-id"], name="call_newest_first"),
            models.Index(fields=["person", "-called_at"], name="call_by_person"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "key"], name="call_once_per_key"),
            models.UniqueConstraint(
                "provider",
                "provider_call_id",
                name="call_once_per_provider",
                condition=~Q(provider_call_id=""),
            ),
            models.CheckConstraint(
                name="call_logged_with_status",
                condition=Q(state="STARTED") | (Q(logged_at__isnull=False) & ~Q(status="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phone_number} {self.called_at:%Y-%m-%d %H:%M}"
