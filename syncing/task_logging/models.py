"""The tasks in Salesforce that tell of activities."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from syncing.delivery.models import Delivery


class LoggedTask(models.Model):
    """One task that tells of one activity, on one record there: there may be several of each.

    It is there before the task is: its key finds the task again where an answer was lost.
    """

    class Level(models.TextChoices):
        """Where a task carries its key."""

        # Our own field, which is unique.
        KEY = "KEY", _("Key field")
        # A field that is not.
        MARKER = "MARKER", _("Marker field")
        # A mark at the end of the subject.
        SUBJECT = "SUBJECT", _("Subject")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tasks")
    # The lead or contact that it is on, and the account or opportunity that it relates to.
    record_id = models.CharField(max_length=18)
    what_id = models.CharField(max_length=18, blank=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # By what it is found again, as it was last sent.
    level = models.CharField(max_length=7, choices=Level, blank=True)
    # Empty until it is known to be there; changes are written by it, never by the key.
    task_id = models.CharField(max_length=18, blank=True)
    # When it was last sent, from which Salesforce may take a while to have it.
    sent_at = models.DateTimeField(null=True)
    logged_at = models.DateTimeField(null=True)
    # When it was seen to be deleted there: it is not made again, nor changed.
    deleted_at = models.DateTimeField(null=True)
    # Since when it is not there, though nobody is known to have deleted it.
    missing_since = models.DateTimeField(null=True)
    # Fields that Salesforce does not take for this one, as an owner who has left.
    left_out = models.JSONField(default=list)
    # What it shows of opens, clicks, replies and bounces, as last written.
    marks = models.JSONField(default=dict)
    # Something has happened with the email that it does not show yet.
    is_behind = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="task_behind", condition=Q(is_behind=True)),
            models.Index(fields=["logged_at"], name="task_by_logged"),
            models.Index(fields=["record_id"], name="task_by_record"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint("delivery", "record_id", name="task_once_per_record"),
            models.UniqueConstraint(
                "task_id", name="task_of_one_activity", condition=~Q(task_id="")
            ),
            models.CheckConstraint(
                name="task_logged_with_id", condition=Q(logged_at=None) | ~Q(task_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.task_id or str(self.key)


class Reconcile(models.Model):
    """A look, every night, at whether what was logged still stands in Salesforce."""

    started_at = models.DateTimeField()
    # Tasks logged since then were compared.
    since = models.DateTimeField()
    checked = models.PositiveIntegerField(default=0)
    # Seen to be deleted there since the last look: they stay so.
    deleted = models.PositiveIntegerField(default=0)
    # Gone without a trace: logged once more if they still are when it is looked again.
    missing = models.PositiveIntegerField(default=0)
    # Tasks there with a key of which nothing is known here.
    unknown = models.PositiveIntegerField(default=0)
    # recorded = delivered + waiting + parked + cancelled, at that moment.
    recorded = models.PositiveBigIntegerField(default=0)
    delivered = models.PositiveBigIntegerField(default=0)
    waiting = models.PositiveBigIntegerField(default=0)
    parked = models.PositiveBigIntegerField(default=0)
    cancelled = models.PositiveBigIntegerField(default=0)
    # Why it could not be done.
    problem = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="reconcile_newest")]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.checked} checked"
