"""Putting right at once what a task was refused for, where that can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from syncing.delivery.models import Delivery
from syncing.salesforce import RowError, SalesforceClient, Verdict
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.task_logging.batches import Batch
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.outcomes import Trouble, may_try_again, trouble_of_row
from syncing.task_logging.shape import forget_shape_after
from syncing.task_logging.targets import follow

Refused = Sequence[tuple[LoggedTask, RowError]]

NO_OWNER = "INACTIVE_OWNER_OR_USER"
# What a task can do without.
OPTIONAL = ("OwnerId", "WhatId")


def mend(
    client: SalesforceClient,
    connection: SalesforceConnection,
    batch: Batch,
    refused: Refused,
    *,
    now: datetime,
) -> dict[int, Trouble]:
    """What follows for each task, by its pk: sent again at once, changed, or what its error asks.

    Raises SyncError.
    """
    lost = {
        task.record_id
        for task, error in refused
        if error.rule.verdict is Verdict.GONE and not _field_to_leave_out(error)
    }
    places = follow(client, lost) if lost else {}
    forget_shape_after(connection, (error for _task, error in refused))
    troubles = {}
    for task, error in refused:
        is_mended = _leave_out(batch, task, error) or _move(batch, task, places)
        if is_mended and may_try_again(task.delivery):
            again = Trouble(Delivery.State.PENDING, now, error.code, error.message)
            troubles[task.pk] = again
        else:
            troubles[task.pk] = trouble_of_row(task.delivery, error, now=now)
    return troubles


def _leave_out(batch: Batch, task: LoggedTask, error: RowError) -> bool:
    field = _field_to_leave_out(error)
    if not field:
        return False
    task.left_out = [*task.left_out, field]
    batch.changed.add(task)
    return True


def _field_to_leave_out(error: RowError) -> str:
    if error.code == NO_OWNER:
        return "OwnerId"
    if error.rule.verdict in {Verdict.GONE, Verdict.INVALID}:
        return next((name for name in OPTIONAL if name in error.fields), "")
    return ""


def _move(batch: Batch, task: LoggedTask, places: Mapping[str, str]) -> bool:
    """After whom it was on: they were converted or merged; or off them, they were deleted."""
    place = places.get(task.record_id)
    if place is None or place == task.record_id:
        return False
    if not place:
        # Next time somebody else with the address is looked for.
        task.delivery.target_id = task.record_id
    batch.changed.add(task)
    task.record_id = "" if batch.has_task_on(place, task.delivery_id) else place
    return True
