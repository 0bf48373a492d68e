"""What came back: messages read by IMAP, how far each mailbox is read, addresses that bounce."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from activities.emails.models.channels import DeliveryChannel
from activities.emails.models.email import Email


class MailboxCursor(models.Model):
    """How far a mailbox is read. UIDs count anew when the server changes UIDVALIDITY."""

    channel = models.OneToOneField(
        DeliveryChannel, on_delete=models.CASCADE, primary_key=True, related_name="cursor"
    )
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    polled_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    failed_at = models.DateTimeField(null=True)
    # The server is not asked before this moment, after it refused user, password or folder.
    retry_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.channel_id}: {self.uid_validity}/{self.last_uid}"


class InboundMessage(models.Model):
    """A message of a mailbox that answers or bounces an email of ours; others are not kept."""

    class Kind(models.TextChoices):
        REPLY = "REPLY", _("Reply")
        OUT_OF_OFFICE = "OUT_OF_OFFICE", _("Out of office")
        BOUNCE = "BOUNCE", _("Bounce")
        TEMPORARY_BOUNCE = "TEMPORARY_BOUNCE", _("Delivery delayed")
        SPAM_COMPLAINT = "SPAM_COMPLAINT", _("Spam complaint")

    channel = models.ForeignKey(
        DeliveryChannel, on_delete=models.SET_NULL, null=True, related_name="inbound"
    )
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    # Of the message itself, or a digest of it when it has none: read twice, kept once.
    message_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="inbound")
    from_address = models.CharField(max_length=255, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    # The new text alone, without what it quotes.
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["email", "-received_at"], name="inbound_by_email"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint("email", "message_id", name="inbound_once_per_email"),
        ]

    def __str__(self) -> str:
        return self.subject


class BouncedAddress(models.Model):
    """An address that does not exist any more, as a mail server said; nothing is sent to it."""

    # Lower case.
    address = models.CharField(_("address"), max_length=255, primary_key=True)
    message = models.TextField()
    email = models.ForeignKey(Email, on_delete=models.SET_NULL, null=True, related_name="+")
    bounced_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address
