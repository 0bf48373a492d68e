"""How unsubscribes are kept in step with Salesforce, and what came of it."""

from __future__ import annotations

import re
from datetime import time
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from people.models import Person, Unsubscribe
from people.salesforce_ids import SHORT_LENGTH

# Marketo Sales Connect's nightly sync begins then.
USUAL_TIME = time(20)
USUAL_ZONE = "America/Los_Angeles"
FIELD_NAME = re.compile(r"[A-Za-z]\w{0,75}__c\Z")


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone %(name)s."), params={"name": name})


class UnsubscribeSync(models.Model):
    """The choice of the workspace, and where the sync stands. One row; `UnsubscribeSync.load()`."""

    class Mode(models.TextChoices):
        OFF = "OFF", _("Off: who unsubscribes here is opted out there at once, nothing else")
        NIGHTLY = "NIGHTLY", _("Every night, both ways")
        CONTINUOUS = "CONTINUOUS", _("Every minute, both ways, and everything every night")

    mode = models.CharField(_("sync"), max_length=16, choices=Mode.choices, default=Mode.OFF)
    run_at = models.TimeField(_("nightly at"), default=USUAL_TIME)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=USUAL_ZONE, validators=[validate_time_zone]
    )
    sales_field = models.CharField(
        _("sales opt-out field"),
        max_length=80,
        blank=True,
        default="",
        validators=[RegexValidator(FIELD_NAME, _("The API name of a custom field ends in __c."))],
    )

    # Since when it is on; the first night after that is the first run.
    on_since = models.DateTimeField(null=True, blank=True)
    # Which org the records are of, and until when its changes were read, by object.
    org_id = models.CharField(max_length=18, blank=True)
    cursors = models.JSONField(default=dict, blank=True)
    # The latest look for changes, and what was wrong with it.
    looked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True)
    trouble_code = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_unsubscribe_sync", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Unsubscribe sync"

    @classmethod
    def load(cls) -> UnsubscribeSync:
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def store(cls, **values: object) -> None:
        cls.objects.update_or_create(pk=1, defaults=values)


class RemoteOptOut(models.Model):
    """What we last knew of a lead or contact that was ever opted out."""

    record_id = models.CharField(max_length=18, primary_key=True)
    # Lower case.
    email = models.CharField(max_length=255, blank=True)
    is_opted_out = models.BooleanField(default=True)
    # When we last wrote it, by Salesforce's clock: what was read before says nothing any more.
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    # Somebody cleared it there while it stood here.
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["email"], name="remote_opt_out_by_email"),
            # Marketo may have an id in either form; these characters are in both.
            models.Index(Left("record_id", SHORT_LENGTH), name="remote_opt_out_by_short_id"),
            models.Index(fields=["seen_at"], name="remote_opt_out_by_seen"),
            models.Index(
                fields=["cleared_at"],
                name="remote_opt_out_cleared",
                condition=Q(cleared_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.record_id


class Push(models.Model):
    """An unsubscribe on its way to Salesforce."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        DONE = "DONE", _("Done")
        PARKED = "PARKED", _("Parked")
        CANCELLED = "CANCELLED", _("Cancelled")

    unsubscribe = models.OneToOneField(Unsubscribe, on_delete=models.CASCADE, related_name="push")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    # What is wrong, in plain words, with Salesforce's code.
    reason = models.TextField(blank=True)
    code = models.CharField(max_length=64, blank=True)
    # How many leads and contacts say so now.
    records = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="push_due", condition=Q(state="WAITING")),
            models.Index(fields=["-created_at"], name="push_parked", condition=Q(state="PARKED")),
        ]

    def __str__(self) -> str:
        return f"{self.unsubscribe_id} {self.state}"


class Run(models.Model):
    """One look at Salesforce, and its report."""

    class Kind(models.TextChoices):
        FULL = "FULL", _("Full sync")
        CHANGES = "CHANGES", _("Changes")
        # A full sync that changes nothing and only tells what it would do.
        PREVIEW = "PREVIEW", _("Preview")

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Queued")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    # Nobody: it was time.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Leads and contacts that were looked at, and people who were compared with them.
    read = models.PositiveIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    # People unsubscribed here; records opted out there, those among them that had been cleared.
    imported = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    written_again = models.PositiveIntegerField(default=0)
    cleared = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    # How far a full sync got; the next of the same night goes on from there.
    place = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-queued_at", "-id"], name="unsubscribe_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.queued_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED}

    @property
    def changed(self) -> int:
        """How much there is to tell."""
        return self.imported + self.written + self.cleared + self.refused


class RunLine(models.Model):
    """One person or record of a report."""

    class Kind(models.TextChoices):
        IMPORTED = "IMPORTED", _("Unsubscribed here, for Salesforce says so")
        WRITTEN = "WRITTEN", _("Opted out in Salesforce")
        WRITTEN_AGAIN = "WRITTEN_AGAIN", _("Had been cleared in Salesforce, opted out again")
        CLEARED = "CLEARED", _("Cleared in Salesforce, still unsubscribed here")
        REFUSED = "REFUSED", _("Not opted out in Salesforce")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="+")
    record_id = models.CharField(max_length=18, blank=True)
    email = models.CharField(max_length=255, blank=True)
    reason = models.TextField(blank=True)
    code = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "kind", "id"], name="run_line_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
