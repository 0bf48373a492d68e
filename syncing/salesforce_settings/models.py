"""What is logged to Salesforce, and how."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from syncing.salesforce_settings.subjects import validate_template


class EmailLogging(models.TextChoices):
    OFF = "OFF", _("Off")
    API = "API", _("As tasks, by the Salesforce API")
    BCC = "BCC", _("By a copy to Email-to-Salesforce (BCC)")


class SalesforceSettings(models.Model):
    """What holds for the workspace. One row; `SalesforceSettings.load()`."""

    class Records(models.TextChoices):
        BOTH = "BOTH", _("Contact, else lead")
        CONTACT = "CONTACT", _("Contacts only")
        LEAD = "LEAD", _("Leads only")

    class Duplicates(models.TextChoices):
        NEWEST = "NEWEST", _("The one changed last")
        ALL = "ALL", _("All of them")
        NONE = "NONE", _("None of them")

    class NoMatch(models.TextChoices):
        NOTHING = "NOTHING", _("Wait until there is one")
        CREATE_LEAD = "CREATE_LEAD", _("Create a lead")

    class Engagement(models.TextChoices):
        OFF = "OFF", _("Not at all")
        UPDATE = "UPDATE", _("On the task of the email")
        OWN_TASK = "OWN_TASK", _("On the task of the email, and the first of each as its own task")

    class SkippedReminder(models.TextChoices):
        COMPLETE = "COMPLETE", _("Complete the task")
        DELETE = "DELETE", _("Delete the task")
        LEAVE = "LEAVE", _("Leave the task open")

    email_logging = models.CharField(
        _("log emails"), max_length=8, choices=EmailLogging.choices, default=EmailLogging.OFF
    )
    records = models.CharField(
        _("log to"), max_length=8, choices=Records.choices, default=Records.BOTH
    )
    duplicates = models.CharField(
        _("where several have the address"),
        max_length=8,
        choices=Duplicates.choices,
        default=Duplicates.NEWEST,
    )
    no_match = models.CharField(
        _("where nobody has the address"),
        max_length=16,
        choices=NoMatch.choices,
        default=NoMatch.NOTHING,
    )
    logs_to_account = models.BooleanField(_("relate to the contact's account, too"), default=False)
    logs_to_opportunities = models.BooleanField(
        _("relate to open opportunities in which the contact has a role"), default=False
    )
    log_replies = models.BooleanField(_("log replies"), default=False)
    log_calls = models.BooleanField(_("log calls"), default=False)
    engagement = models.CharField(
        _("log opens and clicks"),
        max_length=8,
        choices=Engagement.choices,
        default=Engagement.UPDATE,
    )
    writes_most_recent = models.BooleanField(
        _("write the most recent activity on the record"), default=False
    )
    subject_template = models.CharField(
        _("subject of tasks"),
        max_length=1_000,
        blank=True,
        default="",
        validators=[validate_template],
    )
    sync_reminders = models.BooleanField(_("sync reminders with tasks"), default=False)
    skipped_reminder = models.CharField(
        _("when a reminder is skipped"),
        max_length=8,
        choices=SkippedReminder.choices,
        default=SkippedReminder.COMPLETE,
    )
    is_enforced = models.BooleanField(_("the same for everybody"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_salesforce_settings", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Salesforce settings"

    @classmethod
    def load(cls) -> SalesforceSettings:
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    def values(self) -> dict[str, Any]:
        """Every setting by its name."""
        fields = (field for field in self._meta.fields if not field.primary_key)
        return {field.name: getattr(self, field.name) for field in fields}


class UserSalesforceSettings(models.Model):
    """What one user chose otherwise; it counts unless the workspace's is enforced."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="salesforce_settings"
    )
    email_logging = models.CharField(
        _("log emails"), max_length=8, choices=EmailLogging.choices, blank=True
    )
    log_replies = models.BooleanField(_("log replies"), null=True, blank=True)
    log_calls = models.BooleanField(_("log calls"), null=True, blank=True)
    sync_reminders = models.BooleanField(_("sync reminders with tasks"), null=True, blank=True)
    # Salesforce gives every user one; what comes there is logged.
    bcc_address = models.EmailField(_("Email-to-Salesforce address"), blank=True)

    def __str__(self) -> str:
        return f"Salesforce settings of {self.user_id}"
