"""The Salesforce org this workspace works with, and who let us in."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.encrypted_field import EncryptedTextField


class SalesforceOrg(models.Model):
    """The one org, and our app in it. It is known by its id from the first connection on."""

    login_url = models.URLField(_("login address"))
    client_id = models.CharField(_("consumer key"), max_length=255)
    client_secret = EncryptedTextField(_("consumer secret"))
    org_id = models.CharField(max_length=18, blank=True)
    name = models.CharField(max_length=255, blank=True)

    # At most so many calls of ours in 24 hours, out of the org's, which all its apps share.
    daily_call_cap = models.PositiveIntegerField(
        _("daily API call cap"), null=True, blank=True, validators=[MinValueValidator(1_000)]
    )
    # Calls of all apps in the last 24 hours and how many there may be, as the last answer told.
    api_used = models.PositiveIntegerField(null=True)
    api_max = models.PositiveIntegerField(null=True)
    api_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_salesforce_org", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return self.name or self.login_url


class SalesforceConnection(models.Model):
    """The leave to act in Salesforce: one user's, or the workspace's own, the main connection."""

    class Kind(models.TextChoices):
        # A user signed in and allowed it; there is a refresh token.
        USER = "USER", _("Signed in")
        # The app asks for itself and acts as the user who was set for that in Salesforce.
        CLIENT_CREDENTIALS = "CLIENT_CREDENTIALS", _("Client credentials")

    class State(models.TextChoices):
        CONNECTED = "CONNECTED", _("Connected")
        NEEDS_RECONNECT = "NEEDS_RECONNECT", _("Needs re-connect")
        # Nobody calls until `paused_until`: the limit is used up, or too much went wrong.
        PAUSED = "PAUSED", _("Paused")

    # Nobody's is the main connection.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="salesforce_connection",
    )
    kind = models.CharField(max_length=24, choices=Kind.choices)
    salesforce_user_id = models.CharField(max_length=18)
    salesforce_user_name = models.CharField(max_length=255)
    salesforce_username = models.CharField(max_length=255)
    instance_url = models.URLField()
    access_token = EncryptedTextField()
    refresh_token = EncryptedTextField(blank=True)
    scopes = models.CharField(max_length=255, blank=True)

    state = models.CharField(max_length=16, choices=State.choices, default=State.CONNECTED)
    # What is wrong, in plain words, with Salesforce's code, and until when the connection rests.
    state_reason = models.TextField(blank=True)
    state_code = models.CharField(max_length=64, blank=True)
    paused_until = models.DateTimeField(null=True)
    # Calls in a row that failed by themselves; too many open the circuit.
    failures = models.PositiveIntegerField(default=0)

    connected_at = models.DateTimeField()
    renewed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            # One for each user, and one for nobody.
            models.UniqueConstraint(
                fields=["user"], name="one_salesforce_connection_each", nulls_distinct=False
            ),
            # Each Salesforce user is one seller; the main connection may be one of them.
            models.UniqueConstraint(
                fields=["salesforce_user_id"],
                name="one_seller_a_salesforce_user",
                condition=Q(user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.salesforce_username

    @property
    def is_main(self) -> bool:
        return self.user_id is None

    def is_usable(self, now: datetime) -> bool:
        """Whether nothing keeps it from being used."""
        if self.state == self.State.NEEDS_RECONNECT:
            return False
        return self.paused_until is None or self.paused_until <= now

    def store(self, **values: object) -> bool:
        """Store these columns and no others, unless it was connected anew; whether it was not."""
        for name, value in values.items():
            setattr(self, name, value)
        same = type(self).objects.filter(pk=self.pk, connected_at=self.connected_at)
        return same.update(**values) == 1


class SalesforceUsage(models.Model):
    """Our own calls in one hour."""

    hour = models.DateTimeField(primary_key=True)
    calls = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}: {self.calls}"
