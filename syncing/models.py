"""The Marketo connection, its sync runs and the places where they stand."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.encrypted_field import EncryptedTextField


def new_webhook_secret() -> str:
    return secrets.token_urlsafe(32)


class MarketoConnection(models.Model):
    """The one Marketo instance this workspace mirrors; it belongs to no user."""

    class State(models.TextChoices):
        CONNECTED = "CONNECTED", _("Connected")
        PAUSED_UNTIL = "PAUSED_UNTIL", _("Waiting for the daily quota")
        NEEDS_ATTENTION = "NEEDS_ATTENTION", _("Needs attention")

    class SyncState(models.TextChoices):
        OFF = "OFF", _("Off")
        INITIAL = "INITIAL", _("Initial sync")
        LIVE = "LIVE", _("Live")
        PAUSED = "PAUSED", _("Paused")

    base_url = models.URLField(_("base URL"))
    client_id = models.CharField(_("client ID"), max_length=255)
    client_secret = EncryptedTextField(_("client secret"))
    smart_list_id = models.PositiveBigIntegerField(_("smart list ID"), null=True, blank=True)
    linkedin_field = models.CharField(
        _("LinkedIn field"), max_length=255, blank=True, default="linkedInProfileURL"
    )
    daily_call_cap = models.PositiveIntegerField(
        _("daily API call cap"), default=50_000, validators=[MinValueValidator(1_000)]
    )
    cycle_seconds = models.PositiveIntegerField(
        _("seconds between syncs"),
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(3600)],
    )
    webhook_secret = models.CharField(max_length=64, unique=True, default=new_webhook_secret)

    state = models.CharField(max_length=16, choices=State.choices, default=State.CONNECTED)
    # What is wrong, in plain words, with the vendor's code, and until when the connection rests.
    state_reason = models.TextField(blank=True)
    state_code = models.CharField(max_length=32, blank=True)
    paused_until = models.DateTimeField(null=True)

    sync_state = models.CharField(max_length=16, choices=SyncState.choices, default=SyncState.OFF)
    # Every change in Marketo up to this moment is in.
    synced_until = models.DateTimeField(null=True)
    next_cycle_at = models.DateTimeField(null=True)
    next_reconcile_at = models.DateTimeField(null=True)
    # When the sync was last at work; later than now only if the clock was set back since.
    worked_at = models.DateTimeField(null=True)

    # What this Marketo instance can do, as probed: {"smart_list_export": true, …}.
    capabilities = models.JSONField(default=dict)
    # describe2's fields by API name: {"email": {"label": …, "data_type": …}}.
    described_fields = models.JSONField(default=dict)
    described_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One Marketo connection an instance.
            models.CheckConstraint(name="one_marketo_connection", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.base_url

    def store(self, **values: object) -> None:
        """Store these columns and no others: the sync and the settings write at the same time.

        Nothing is stored when this connection has been replaced by another one.
        """
        for name, value in values.items():
            setattr(self, name, value)
        same = type(self).objects.filter(pk=self.pk, connected_at=self.connected_at)
        same.update(**values)


class PeopleOrigin(models.Model):
    """The Marketo instance that the people here are from; known when it is disconnected, too."""

    host = models.CharField(max_length=255)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_people_origin", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.host


class SyncRun(models.Model):
    """One run of the people sync: what it was to do, how far it is, what it did."""

    class Kind(models.TextChoices):
        INITIAL = "INITIAL", _("Initial sync")
        INCREMENTAL = "INCREMENTAL", _("Incremental sync")
        RECONCILE = "RECONCILE", _("Reconcile")

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        PAUSED = "PAUSED", _("Paused")
        WAITING = "WAITING", _("Waiting")
        SUCCEEDED = "SUCCEEDED", _("Succeeded")
        FAILED = "FAILED", _("Failed")
        CANCELLED = "CANCELLED", _("Cancelled")

    class Strategy(models.TextChoices):
        SMART_LIST = "SMART_LIST", _("Bulk extract of a smart list")
        ID_SWEEP = "ID_SWEEP", _("Sweep over all Marketo IDs")
        CREATED_AT = "CREATED_AT", _("Bulk extract by creation date")
        CHANGES = "CHANGES", _("Change feed")

    OPEN_STATES = (State.RUNNING, State.PAUSED, State.WAITING)

    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    strategy = models.CharField(max_length=16, choices=Strategy.choices, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Time at work, without pauses and waits, for an honest rate.
    busy_seconds = models.FloatField(default=0)
    # Not before this moment (an export that is still being made, a quota that is used up).
    resume_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    total = models.PositiveBigIntegerField(null=True)
    is_total_exact = models.BooleanField(default=False)
    # How far along the strategy's own scale (ids, windows, bytes), from 0 to 1.
    progress = models.FloatField(default=0)
    read = models.PositiveBigIntegerField(default=0)
    kept = models.PositiveBigIntegerField(default=0)
    written = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    removed = models.PositiveBigIntegerField(default=0)
    # How many for each reason, as in NO_OWNER: 12, QUEUE_OWNER: 3.
    skipped = models.JSONField(default=dict)
    problem_count = models.PositiveIntegerField(default=0)
    api_calls = models.PositiveIntegerField(default=0)
    bytes_downloaded = models.PositiveBigIntegerField(default=0)

    # Where the run goes on after a stop: next id, window, export id and byte offset.
    checkpoint = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at", "-id"], name="run_newest_first")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "kind",
                name="one_open_run_per_kind",
                condition=Q(state__in=["RUNNING", "PAUSED", "WAITING"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN_STATES

    @property
    def skipped_total(self) -> int:
        return sum(self.skipped.values())


class SyncProblem(models.Model):
    """Something about one record that a person should look at; the rest of the run went on."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="problems")
    marketo_id = models.BigIntegerField(null=True)
    field = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=32)
    message = models.TextField()
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["run", "id"], name="problem_by_run")]

    def __str__(self) -> str:
        return self.message


class FeedCursor(models.Model):
    """Where the next read of one of Marketo's change feeds starts."""

    class Feed(models.TextChoices):
        LEAD_CHANGES = "LEAD_CHANGES", _("Lead changes")
        ACTIVITIES = "ACTIVITIES", _("Activities")
        DELETED_LEADS = "DELETED_LEADS", _("Deleted leads")

    feed = models.CharField(max_length=16, choices=Feed.choices, unique=True)
    token = models.TextField()
    # Everything in the feed up to this moment is in; a rejected token is minted anew from here.
    watermark = models.DateTimeField()
    # When the token last stepped back, to read again what may have come in late.
    rewound_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.feed} up to {self.watermark:%Y-%m-%d %H:%M:%S}"


class SeenActivity(models.Model):
    """A change row already taken into account, kept for the length of the overlap window."""

    marketo_guid = models.CharField(max_length=128, primary_key=True)
    happened_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.marketo_guid


class DirtyLead(models.Model):
    """A Marketo lead whose current values must be read again."""

    marketo_id = models.BigIntegerField(primary_key=True)
    marked_at = models.DateTimeField(db_index=True)
    # The Marketo ID of the winner, when Marketo told of a merge that this lead lost.
    merged_into = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return str(self.marketo_id)


class SeenLead(models.Model):
    """A qualifying lead that the open full run has met; what it did not meet is looked up."""

    marketo_id = models.BigIntegerField(db_index=False)

    def __str__(self) -> str:
        return str(self.marketo_id)


class ApiUsage(models.Model):
    """Marketo API calls of one day (US Central): all integrations, and ours among them."""

    day = models.DateField(primary_key=True)
    total = models.PositiveIntegerField(default=0)
    own = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.day}: {self.total}"
