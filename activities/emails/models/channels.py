"""Whom a seller writes as, and the servers the mail goes out and comes in by."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from people.encrypted_field import EncryptedTextField

PORT = [MinValueValidator(1), MaxValueValidator(65_535)]


class SenderIdentity(models.Model):
    """A From name and address of a seller; mail goes out only once a mailed link verified it."""

    MAX_PER_USER = 2

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sender_identities"
    )
    name = models.CharField(_("From name"), max_length=100)
    address = models.EmailField(_("From address"))
    signature_html = models.TextField(_("signature"), blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    verification_sent_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(_("verified"), null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "user",
                Lower("address"),
                name="identity_once_per_user",
                violation_error_message=_("You already have an identity with this address."),
            ),
            models.UniqueConstraint(
                "user", condition=Q(is_default=True), name="one_default_identity_per_user"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class DeliveryChannel(models.Model):
    """SMTP to send by and IMAP to read replies and bounces: a seller's own, or the team's."""

    class Security(models.TextChoices):
        TLS = "TLS", _("TLS")
        STARTTLS = "STARTTLS", _("STARTTLS")
        NONE = "NONE", _("None (this machine only)")

    class State(models.TextChoices):
        OK = "OK", _("Works")
        NEEDS_ATTENTION = "NEEDS_ATTENTION", _("Needs attention")

    # Without a user it is the team's, for everybody who has none.
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="delivery_channel",
    )
    smtp_host = models.CharField(_("SMTP server"), max_length=255)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=465, validators=PORT)
    smtp_security = models.CharField(
        _("SMTP security"), max_length=8, choices=Security.choices, default=Security.TLS
    )
    smtp_user = models.CharField(_("SMTP user"), max_length=255, blank=True)
    smtp_password = EncryptedTextField(_("SMTP password"), blank=True)
    # Without a server, replies and bounces are not seen.
    imap_host = models.CharField(_("IMAP server"), max_length=255, blank=True)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993, validators=PORT)
    imap_security = models.CharField(
        _("IMAP security"), max_length=8, choices=Security.choices, default=Security.TLS
    )
    imap_user = models.CharField(_("IMAP user"), max_length=255, blank=True)
    imap_password = EncryptedTextField(_("IMAP password"), blank=True)
    imap_folder = models.CharField(_("IMAP folder"), max_length=255, default="INBOX")
    # The server takes any envelope sender, so that a bounce names its email by the address.
    has_verp = models.BooleanField(_("variable return path"), default=False)
    # At most so many emails in so many seconds; 0 emails is no limit.
    throttle_emails = models.PositiveIntegerField(_("emails at a time"), default=25)
    throttle_seconds = models.PositiveIntegerField(_("seconds between"), default=45)
    # Since when emails are counted for the throttle, and how many those are.
    window_started_at = models.DateTimeField(null=True)
    window_emails = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OK)
    state_reason = models.TextField(blank=True)
    tested_at = models.DateTimeField(null=True)
    # Nothing is sent before this moment, after the server turned us away.
    paused_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Value(1), condition=Q(user=None), name="one_team_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.smtp_host}:{self.smtp_port}"


class BlockedDomain(models.Model):
    """Nobody writes to this domain or those below it; nothing bypasses it."""

    domain = models.CharField(_("domain"), max_length=255, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.domain
