"""What the tracking addresses were asked for, as it came in and what it was taken for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activities.emails.models.email import Email, EmailLink
from activities.emails.models.templates import StoredFile


class TrackingHit(models.Model):
    """One request for a pixel, a link or a tracked file. Judged a little later, never inline."""

    class Kind(models.TextChoices):
        OPEN = "OPEN", _("Open")
        CLICK = "CLICK", _("Click")
        VIEW = "VIEW", _("View of a file")

    class Verdict(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        HUMAN = "HUMAN", _("Counted")
        AUTOMATED = "AUTOMATED", _("Automated")
        SELF = "SELF", _("Own view")
        # The same look at the same thing, asked for again.
        REPEATED = "REPEATED", _("Repeated")
        ARCHIVED = "ARCHIVED", _("Email archived")

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    link = models.ForeignKey(EmailLink, on_delete=models.CASCADE, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, null=True, related_name="+")
    occurred_at = models.DateTimeField()
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=500, blank=True)
    is_self = models.BooleanField(default=False)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.PENDING)
    # Why it is taken for automated, in words.
    verdict_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["occurred_at", "id"], name="hit_pending", condition=Q(verdict="PENDING")
            ),
            models.Index(fields=["email", "occurred_at"], name="hit_by_email"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.email_id}"
