"""What goes on with a person: counters of engagement, and who wants no more emails."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models.person import Person


class PersonEngagement(models.Model):
    """Counters of what sellers did with a person (activities) and the person did back (events).

    Nobody without activity has a row. Written only by `people.engagement`.
    """

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="engagement"
    )
    # Views, clicks and replies.
    events = models.PositiveIntegerField(_("events"), default=0)
    # Emails and calls.
    activities = models.PositiveIntegerField(_("activities"), default=0)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    emails = models.PositiveIntegerField(_("emails"), default=0)
    views = models.PositiveIntegerField(_("views"), default=0)
    clicks = models.PositiveIntegerField(_("clicks"), default=0)
    replies = models.PositiveIntegerField(_("replies"), default=0)
    # Sales campaigns the person was ever added to.
    campaigns = models.PositiveIntegerField(_("campaigns"), default=0)
    last_activity_at = models.DateTimeField(_("last activity"))

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=[column, "person"], name=f"engagement_by_{column}"[:30])
            for column in (
                "events",
                "activities",
                "calls",
                "emails",
                "views",
                "clicks",
                "replies",
                "campaigns",
                "last_activity_at",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.activities} + {self.events}"


class Unsubscribe(models.Model):
    """A person's wish to get no more sales emails, and perhaps how it ended. The history card."""

    class Source(models.TextChoices):
        CLICKED_LINK = "CLICKED_LINK", _("Clicked link")
        MANUAL = "MANUAL", _("Manual")
        SALESFORCE = "SALESFORCE", _("Salesforce sync")
        BOUNCE = "BOUNCE", _("Bounce")
        COMPLAINT = "COMPLAINT", _("Spam complaint")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="unsubscribes")
    # The address at that time, lower case: it holds for whoever else has it.
    email = models.CharField(_("email"), max_length=255, blank=True)
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"))
    unsubscribed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resubscribed_at = models.DateTimeField(_("resubscribed"), null=True)
    resubscribed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    resubscribe_reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["email"],
                name="unsubscribe_by_email",
                condition=Q(resubscribed_at=None) & ~Q(email=""),
            ),
            models.Index(fields=["person", "-unsubscribed_at"], name="unsubscribe_by_person"),
            models.Index(fields=["-unsubscribed_at", "-id"], name="unsubscribe_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "person", condition=Q(resubscribed_at=None), name="unsubscribed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.get_source_display()}"
