"""The outbox: one delivery for each activity and destination, and what Marketo calls our types."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activities.models import Activity


class Destination(models.TextChoices):
    MARKETO = "MARKETO", _("Marketo")
    SALESFORCE = "SALESFORCE", _("Salesforce")


class Delivery(models.Model):
    """One activity on its way to one destination.

    For each destination: recorded = delivered + waiting + parked + cancelled.
    """

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        # A worker has it until `lease_until`.
        CLAIMED = "CLAIMED", _("Being sent")
        # It may have arrived: looked for there before it is sent again.
        UNCERTAIN = "UNCERTAIN", _("To be looked up")
        DELIVERED = "DELIVERED", _("Delivered")
        # Its destination refused it: a person decides.
        PARKED = "PARKED", _("Needs attention")
        CANCELLED = "CANCELLED", _("Not to be sent")

    WAITING_STATES = (State.PENDING, State.CLAIMED, State.UNCERTAIN)

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="deliveries")
    destination = models.CharField(max_length=16, choices=Destination.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    # Of the person's lead or record over there, when it is not the person's own: after a merge.
    target_id = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    # When it was first sent without an answer.
    uncertain_since = models.DateTimeField(null=True)
    # What the destination calls it.
    remote_id = models.CharField(max_length=128, blank=True)
    # Why it waits, is parked or cancelled: the vendor's code and plain words.
    code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["destination", "due_at", "id"],
                name="delivery_due",
                condition=Q(state__in=["PENDING", "CLAIMED", "UNCERTAIN"]),
            ),
            models.Index(
                fields=["destination", "code", "id"],
                name="delivery_parked",
                condition=Q(state="PARKED"),
            ),
            models.Index(fields=["destination", "state"], name="delivery_by_state"),
            models.Index(
                fields=["destination", "settled_at"],
                name="delivery_by_settled",
                condition=Q(state="DELIVERED"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "activity", "destination", name="delivery_once_per_destination"
            ),
            models.CheckConstraint(
                name="delivery_claimed_with_lease",
                condition=~Q(state="CLAIMED") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="delivery_delivered_with_proof",
                condition=~Q(state="DELIVERED") | (Q(settled_at__isnull=False) & ~Q(remote_id="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} to {self.destination}"


class MarketoActivityLog(models.Model):
    """Whether and how activities are logged to Marketo. One row; `MarketoActivityLog.load()`."""

    is_on = models.BooleanField(_("log activities to Marketo"), default=False)
    # What the custom activity types are called here: {"EMAIL_SENT": {"api_name": …, "id": 100001}}.
    types = models.JSONField(default=dict)
    # The instance these types are in.
    host = models.CharField(max_length=255, blank=True)
    checked_at = models.DateTimeField(null=True)
    # What keeps the log, and only the log, from being written, and until when: no permission.
    held_reason = models.TextField(blank=True)
    held_code = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_marketo_activity_log", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Marketo activity log"

    @classmethod
    def load(cls) -> MarketoActivityLog:
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def store(cls, **values: object) -> None:
        """Store these columns and no others: the sweep and the settings write at the same time."""
        cls.objects.update_or_create(pk=1, defaults=values)
