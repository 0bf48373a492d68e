"""Sales campaigns: steps on days, and where each person stands in them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from activities.emails.models import Email, SenderIdentity, StoredFile, Template
from activities.reminders.models import Reminder
from people.models import Person


class CampaignCategory(models.Model):
    MAX_CATEGORIES = 500

    name = models.CharField(_("name"), max_length=100)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"),
                name="campaign_category_once",
                violation_error_message=_("There is already a category with this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    MAX_CAMPAIGNS = 500

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="campaigns"
    )
    category = models.ForeignKey(
        CampaignCategory, on_delete=models.PROTECT, related_name="campaigns"
    )
    name = models.CharField(_("name"), max_length=150)
    teams = models.ManyToManyField("admin_config.Team", related_name="campaigns", blank=True)
    # Steps of a Saturday or Sunday, in the seller's time zone, wait for Monday.
    skips_weekends = models.BooleanField(_("skip weekends"), default=True)
    removes_on_bounce = models.BooleanField(_("remove on bounce"), default=True)
    ends_on_reply = models.BooleanField(_("end on reply"), default=True)
    marks_success_on_reply = models.BooleanField(_("a reply is a success"), default=False)
    ignores_out_of_office = models.BooleanField(_("ignore out-of-office replies"), default=True)
    # Overdue emails are spread over these hours of the seller's day.
    sends_from = models.TimeField(_("sends from"), default=dt.time(9))
    sends_until = models.TimeField(_("sends until"), default=dt.time(17))
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["category", "name"], name="campaign_by_category"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="campaign_sending_hours", condition=Q(sends_from__lt=models.F("sends_until"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    """What happens on one day of a campaign; the day is a place in the sequence, from 1."""

    MAX_DAY = 365

    class Kind(models.TextChoices):
        EMAIL = "EMAIL", _("Email")
        CALL = "CALL", _("Call")
        INMAIL = "INMAIL", _("InMail")
        CUSTOM = "CUSTOM", _("Custom")

    class SendOption(models.TextChoices):
        AT_LAUNCH = "AT_LAUNCH", _("I choose the time when I add people")
        AT_TIME = "AT_TIME", _("At the following time")
        SAME_TIME = "SAME_TIME", _("At the time of the previous email")
        REMINDER = "REMINDER", _("Create a reminder; I send this email myself")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="steps")
    day = models.PositiveIntegerField(_("day"), default=1)
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("type"), max_length=8, choices=Kind.choices, default=Kind.EMAIL)
    # Of an email its subject, else what the reminder is about.
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body_html = models.TextField(_("body"), blank=True)
    template = models.ForeignKey(
        Template, on_delete=models.SET_NULL, null=True, blank=True, related_name="campaign_steps"
    )
    # Attached to the email.
    files: models.ManyToManyField[StoredFile, models.Model] = models.ManyToManyField(
        StoredFile, related_name="+", blank=True
    )
    send_option = models.CharField(
        _("when"), max_length=16, choices=SendOption.choices, default=SendOption.AT_LAUNCH
    )
    send_time = models.TimeField(_("time"), null=True, blank=True)
    # A reply in the thread of the email step before it, quoting what was sent.
    is_follow_up = models.BooleanField(_("follow up to the previous email"), default=False)
    notes = models.TextField(_("notes"), blank=True)
    # A step that people went through stays for their history.
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["day", "position", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "day", "position"], name="step_in_order"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="step_day_from_one", condition=Q(day__gte=1)),
            models.CheckConstraint(
                name="step_with_time",
                condition=~Q(send_option="AT_TIME") | Q(send_time__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}.{self.position} {self.subject}"


class Launch(models.Model):
    """People added to a campaign together."""

    MAX_PEOPLE = 200
    MAX_PER_USER_AND_DAY = 200

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="launches")
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="campaign_launches"
    )
    identity = models.ForeignKey(
        SenderIdentity, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # The moment of day 1, chosen by the seller; their time zone then.
    starts_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["seller", "created_at"], name="launch_by_seller")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.created_at:%Y-%m-%d %H:%M}"


class Member(models.Model):
    """One person in one campaign, from entry to exit. The sweep moves it, one step at a time."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", _("Running")
        # An open reminder, or an email that is not settled or failed, blocks the next step.
        WAITING = "WAITING", _("Waiting")
        PAUSED = "PAUSED", _("Paused")
        FINISHED = "FINISHED", _("Finished")
        REPLIED = "REPLIED", _("Replied")
        BOUNCED = "BOUNCED", _("Bounced")
        REMOVED = "REMOVED", _("Removed")
        STOPPED = "STOPPED", _("Stopped by an admin")

    OPEN_STATES = (State.ACTIVE, State.WAITING, State.PAUSED)
    MAX_RUNNING_PER_USER = 200

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="members")
    launch = models.ForeignKey(Launch, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="campaign_members")
    seller = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="campaign_members"
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    next_step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="+")
    next_step_at = models.DateTimeField(null=True)
    # The seller's edit of the first email for this person alone.
    first_subject = models.CharField(max_length=500, blank=True)
    first_body_html = models.TextField(blank=True)
    is_success = models.BooleanField(default=False)
    # Why it ended or waits, in words.
    note = models.TextField(blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_step_at", "id"], name="member_due", condition=Q(state="ACTIVE")
            ),
            models.Index(fields=["campaign", "state", "id"], name="member_by_campaign"),
            models.Index(fields=["person"], name="member_by_person"),
            models.Index(
                fields=["seller"],
                name="member_running_by_seller",
                condition=Q(state__in=["ACTIVE", "WAITING", "PAUSED"]),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "campaign",
                "person",
                name="member_once_at_a_time",
                condition=Q(state__in=["ACTIVE", "WAITING", "PAUSED"]),
            ),
            models.CheckConstraint(
                name="member_ended_with_time",
                condition=Q(state__in=["ACTIVE", "WAITING", "PAUSED"], ended_at=None)
                | (~Q(state__in=["ACTIVE", "WAITING", "PAUSED"]) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="member_active_with_next_step",
                condition=~Q(state="ACTIVE")
                | Q(next_step__isnull=False, next_step_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.campaign_id}"


class StepRun(models.Model):
    """A step done for a member: what it brought about. Once, whatever happens."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        DONE = "DONE", _("Done")
        SKIPPED = "SKIPPED", _("Skipped")
        FAILED = "FAILED", _("Failed")
        CANCELLED = "CANCELLED", _("Cancelled")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="runs")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    email = models.OneToOneField(
        Email, on_delete=models.PROTECT, null=True, related_name="step_run"
    )
    reminder = models.OneToOneField(
        Reminder, on_delete=models.PROTECT, null=True, related_name="step_run"
    )
    due_at = models.DateTimeField()
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("member", "step", name="step_once_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.step_id}"
