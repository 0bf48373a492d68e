"""Which reminder is which task in Salesforce, and what the sync did about it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from activities.reminders.models import Reminder


class ReminderSync(models.Model):
    """How far the sync has come. One row; `ReminderSync.load()`."""

    class Window(models.IntegerChoices):
        """How many hours back tasks are imported when a user begins."""

        DAY = 24, _("Tasks of the last 24 hours")
        WEEK = 24 * 7, _("Tasks of the last 7 days")
        MONTH = 24 * 30, _("Tasks of the last 30 days")
        ALL = 24 * 365 * 20, _("All open tasks")

    window = models.PositiveIntegerField(_("import"), choices=Window.choices, default=Window.DAY)
    polled_at = models.DateTimeField(null=True)
    # Why the last cycle did not get through.
    trouble = models.TextField(blank=True)
    trouble_code = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_reminder_sync", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Reminder sync"

    @classmethod
    def load(cls) -> ReminderSync:
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def store(cls, **values: object) -> None:
        cls.objects.update_or_create(pk=1, defaults=values)

    @property
    def reach(self) -> timedelta:
        return timedelta(hours=self.window)


class SyncedUser(models.Model):
    """Somebody whose reminders are synced, or once were."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_sync"
    )
    is_on = models.BooleanField(default=True)
    # What was made here before is not sent by itself.
    started_at = models.DateTimeField()
    # All changes in Salesforce up to here are taken in.
    read_until = models.DateTimeField()
    # Up to where Salesforce's own lists of changed and deleted records are.
    replicated_until = models.DateTimeField()
    # When all links were looked at; null has that done next.
    reconciled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Reminder sync of {self.user_id}"


class ReminderLink(models.Model):
    """One reminder and its task."""

    class State(models.TextChoices):
        # There is no task yet, or none that is known of.
        WAITING = "WAITING", _("To be sent")
        LINKED = "LINKED", _("Synced")
        # Remembered for a while, so that neither comes back as a new one.
        DELETED_HERE = "DELETED_HERE", _("Deleted")
        DELETED_THERE = "DELETED_THERE", _("Deleted in Salesforce")
        # Deleted there, and edited here after that: somebody decides.
        CONFLICT = "CONFLICT", _("Deleted in Salesforce, but changed here")
        # It went to somebody who does not sync, or out of sight.
        LEFT = "LEFT", _("No longer synced")
        # Somebody decided that it is to stay apart from its task.
        IGNORED = "IGNORED", _("Ignored")
        # Something keeps undoing what the other side does: somebody decides.
        FROZEN = "FROZEN", _("Stopped: it keeps changing back")

    DELETED_STATES = (State.DELETED_HERE, State.DELETED_THERE)
    # In which an edit here is to be sent, if only to make a new task.
    SENT_STATES = (State.WAITING, State.LINKED, *DELETED_STATES)
    # Nothing but a person's decision gets it out of these.
    DECIDED_STATES = (State.CONFLICT, State.FROZEN, State.IGNORED)

    reminder = models.OneToOneField(
        Reminder, on_delete=models.CASCADE, related_name="salesforce_link"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    task_id = models.CharField(max_length=18, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    ended_at = models.DateTimeField(null=True)

    # The task as it was last seen, written or asked for; what the reminder has of it otherwise is
    # to be sent.
    shadow = models.JSONField(null=True)
    who_id = models.CharField(max_length=18, blank=True)
    owner_id = models.CharField(max_length=18, blank=True)
    # The reminder at that time: when it was due, when it was last changed.
    due_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    # When what is to be sent was edited here.
    edited_at = models.DateTimeField(null=True)

    # How often the reminder was edited: what was edited since it was sent is sent again.
    edits = models.PositiveIntegerField(default=0)
    # Whether there may be something to send, and from when on.
    is_dirty = models.BooleanField(default=False)
    retry_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    # The task may have been made though nobody said so: looked for before it is made again.
    is_uncertain = models.BooleanField(default=False)
    # Salesforce refused it: a person decides. With Salesforce's code and plain words.
    is_parked = models.BooleanField(default=False)
    code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="reminder_to_send", condition=Q(is_dirty=True)),
            models.Index(fields=["id"], name="reminder_in_trouble", condition=~Q(reason="")),
            models.Index(
                fields=["ended_at"], name="reminder_link_ended", condition=Q(ended_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "task_id", name="one_reminder_a_task", condition=~Q(task_id="")
            ),
            models.CheckConstraint(
                name="reminder_linked_with_task",
                condition=~Q(state="LINKED") | (~Q(task_id="") & Q(shadow__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.task_id or str(self.key)


class ReminderEvent(models.Model):
    """One thing the sync did, or left undone, with a reminder or its task."""

    class Kind(models.TextChoices):
        CREATED = "CREATED", _("Created")
        CHANGED = "CHANGED", _("Changed")
        DELETED = "DELETED", _("Deleted")
        RESTORED = "RESTORED", _("Restored")
        # Both sides changed a field; `before` is what was lost, `after` what won.
        CONFLICT = "CONFLICT", _("Changed on both sides")
        # The connected user may not set it in Salesforce: it is so here only.
        KEPT = "KEPT", _("Changed here only")
        LEFT = "LEFT", _("No longer synced")
        FROZEN = "FROZEN", _("Stopped")

    class Side(models.TextChoices):
        HERE = "HERE", _("here")
        SALESFORCE = "SALESFORCE", _("in Salesforce")

    link = models.ForeignKey(ReminderLink, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # Where it came from; of a conflict, who won.
    side = models.CharField(max_length=16, choices=Side.choices)
    field = models.CharField(max_length=16, blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    happened_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["link", "-happened_at"], name="reminder_event_by_link"),
            models.Index(
                fields=["-happened_at"], name="reminder_conflicts", condition=Q(kind="CONFLICT")
            ),
            models.Index(fields=["happened_at"], name="reminder_event_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.field}"
