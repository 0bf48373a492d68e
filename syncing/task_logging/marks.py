"""What became of an email, on the task that tells of it: one update for all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from activities.models import Activity
from syncing.delivery.models import Delivery, Destination
from syncing.salesforce import RowError, RowResult, SalesforceClient, Verdict
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.sending import in_calls
from syncing.task_logging.shape import TaskShape

Kind = Activity.Kind
State = Delivery.State

MARKS: Mapping[str, Mapping[str, Any]] = {
    Kind.EMAIL_OPENED: {"MSE_Viewed__c": True},
    Kind.EMAIL_CLICKED: {"MSE_Clicked__c": True},
    Kind.EMAIL_REPLIED: {"MSE_Replied__c": True},
    Kind.EMAIL_BOUNCED: {"MSE_Email_Status__c": "bounced"},
}


def email_deliveries(email_ids: Collection[int]) -> dict[int, Delivery]:
    """The delivery of each email itself; of one that was sent again, the last."""
    sent = Delivery.objects.filter(
        destination=Destination.SALESFORCE,
        activity__kind=Kind.EMAIL_SENT,
        activity__about_type=Activity.About.EMAIL,
        activity__about_id__in=email_ids,
    )
    ordered = sent.select_related("activity").prefetch_related("tasks").order_by("id")
    return {delivery.activity.about_id: delivery for delivery in ordered}


def lacking_marks(
    tasks: Iterable[tuple[int, LoggedTask]], shape: TaskShape
) -> dict[int, dict[str, Any]]:
    """What each task does not show yet, by its pk; `tasks` come with their emails."""
    tasks = list(tasks)
    became = _what_became_of({email for email, _task in tasks})
    lacking = {}
    for email, task in tasks:
        wanted = shape.fitted(became[email], is_new=False)
        lacking[task.pk] = {
            name: value for name, value in wanted.items() if task.marks.get(name) != value
        }
    return lacking


def _what_became_of(emails: Collection[int]) -> dict[int, dict[str, Any]]:
    about = Activity.objects.filter(about_type=Activity.About.EMAIL, about_id__in=emails)
    became: dict[int, dict[str, Any]] = defaultdict(dict)
    for email, kind in about.filter(kind__in=MARKS).values_list("about_id", "kind").distinct():
        became[email] |= MARKS[kind]
    return became


def write_marks(
    client: SalesforceClient,
    tasks: Iterable[LoggedTask],
    lacking: Mapping[int, Mapping[str, Any]],
    *,
    now: datetime,
) -> dict[int, RowError]:
    """Update the tasks, by their ids, and store what they show; the refused ones by pk.

    Raises SyncError; what was written before that is stored.
    """
    tasks = list(tasks)
    refused: dict[int, RowError] = {}
    to_write = [task for task in tasks if lacking[task.pk]]

    def send(part: Sequence[LoggedTask]) -> list[RowResult]:
        return client.update("Task", [{"Id": one.task_id, **lacking[one.pk]} for one in part])

    for part, results in in_calls(to_write, send):
        for task, result in zip(part, results, strict=True):
            if result.is_ok:
                task.marks |= lacking[task.pk]
            elif result.errors[0].rule.verdict is Verdict.GONE:
                task.deleted_at = now
            else:
                refused[task.pk] = result.errors[0]
        _store(part)
    in_step = [task.pk for task in tasks if task.pk not in refused]
    LoggedTask.objects.filter(pk__in=in_step, is_behind=True).update(is_behind=False)
    return refused


def _store(tasks: Iterable[LoggedTask]) -> None:
    LoggedTask.objects.bulk_update(tasks, ["marks", "deleted_at"])
