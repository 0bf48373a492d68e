"""The addresses that are told what happens here, and the outbox of what they are told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.encrypted_field import EncryptedTextField


class Endpoint(models.Model):
    """An address of another system."""

    MAX_ENDPOINTS = 10

    url = models.URLField(_("URL"), max_length=500)
    secret = EncryptedTextField()
    created_at = models.DateTimeField()
    # Paused by an admin, or by itself after days without success; messages wait meanwhile.
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(blank=True)
    # Since the last success: how many attempts failed, since when, and when the next one is made.
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.url


class Message(models.Model):
    """One event on its way to one endpoint; afterwards an entry of its delivery log."""

    class Kind(models.TextChoices):
        PERSON_UPDATED = "person.updated", _("Person updated")
        PERSON_REMOVED = "person.removed", _("Person removed")
        ACTIVITY_RECORDED = "activity.recorded", _("Activity recorded")
        UNSUBSCRIBE_CREATED = "unsubscribe.created", _("Unsubscribe created")
        PING = "ping", _("Test")

    class State(models.TextChoices):
        PENDING = "PENDING", _("Waiting")
        DELIVERED = "DELIVERED", _("Delivered")
        FAILED = "FAILED", _("Failed")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="messages")
    # The same at each endpoint and each attempt: receivers tell repetitions by it.
    event_id = models.UUIDField()
    kind = models.CharField(max_length=32, choices=Kind.choices)
    data = models.JSONField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    # For a worker that has it: when it is due again unless the worker says otherwise.
    due_at = models.DateTimeField()
    # What the last attempt brought: the HTTP status, or in words why there is none.
    response_status = models.PositiveIntegerField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "due_at", "id"],
                name="webhook_due",
                condition=Q(state="PENDING"),
            ),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_log"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
