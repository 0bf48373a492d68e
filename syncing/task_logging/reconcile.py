"""Comparing what was logged in the last days with what stands in Salesforce."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from syncing.delivery.models import Delivery, Destination
from syncing.delivery.selectors import tally
from syncing.errors import SyncError
from syncing.salesforce import COLLECTION_MAX, SalesforceClient, as_stamp, format_soql
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.selectors import main_connection
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.setup_check import MARKER
from syncing.task_logging.models import LoggedTask, Reconcile
from syncing.task_logging.shape import Level, TaskShape, shape_of

log = structlog.get_logger(__name__)

WINDOW = timedelta(days=3)
# A task is created before its answer is stored, by a clock that may differ, and what was deleted
# is told some minutes later.
MARGIN = timedelta(hours=1)
# Reminders carry keys as well, which are looked after elsewhere.
OF_REMINDERS = "Task"


class Held(NamedTuple):
    """What Salesforce holds: ids of tasks, and which of them are in the recycle bin."""

    keys: dict[str, str]
    ids: set[str]
    deleted: set[str]


def reconcile(*, now: datetime) -> Reconcile:
    """Compare, mend, and store the numbers; why it could not be done is stored as well."""
    run = Reconcile(started_at=now, since=now - WINDOW)
    connection = main_connection()
    if connection is None:
        run.problem = _("There is no main connection to Salesforce.")
    else:
        try:
            with calling(connection, now=now) as client:
                _compare(client, shape_of(client, connection), run, now=now)
        except SyncError as error:
            run.problem = error.message
    for name, number in asdict(tally(Destination.SALESFORCE)).items():
        setattr(run, name, number)
    run.save()
    return run


def _compare(client: SalesforceClient, shape: TaskShape, run: Reconcile, *, now: datetime) -> None:
    if shape.level is Level.SUBJECT:
        run.problem = _("Tasks carry no key by which they could be compared.")
        return
    logged = _logged_since(run.since)
    # Taken first: what is logged while Salesforce is read may not be in what it answers.
    ours = set(logged.values_list("task_id", flat=True))
    held = _held(client, shape, since=run.since - MARGIN)
    _ask_for(client, ours - held.ids, held)
    gone = client.deleted("Task", since=run.since, until=now)
    deleted = held.deleted | {one.record_id for one in gone.records}
    missing = ours - held.ids - deleted
    run.checked = len(ours)
    run.deleted = logged.filter(task_id__in=ours & deleted).update(deleted_at=now)
    run.missing = len(missing)
    run.unknown = len(held.keys) - len(_our_keys(held))
    _follow_up(logged, missing, now=now)
    log.info("tasks_reconciled", checked=run.checked, missing=run.missing, unknown=run.unknown)


def _logged_since(moment: datetime) -> QuerySet[LoggedTask]:
    return LoggedTask.objects.filter(logged_at__gte=moment, deleted_at=None).exclude(task_id="")


def _held(client: SalesforceClient, shape: TaskShape, *, since: datetime) -> Held:
    field = KEY.name if shape.level is Level.KEY else MARKER
    soql = (
        f"SELECT Id, IsDeleted, TaskSubtype, {field} FROM Task"  # noqa: S608 - our own constants
        f" WHERE CreatedDate >= {as_stamp(since)} AND {field} != null"
    )
    held = Held({}, set(), set())
    for row in client.query_all(soql):
        held.ids.add(row["Id"])
        if row["IsDeleted"]:
            held.deleted.add(row["Id"])
        elif row["TaskSubtype"] != OF_REMINDERS:
            held.keys[str(row[field]).lower()] = row["Id"]
    return held


def _ask_for(client: SalesforceClient, task_ids: set[str], held: Held) -> None:
    """By their ids, whatever they carry: they were logged without our key, or somebody took it."""
    ids = sorted(task_ids)
    for begin in range(0, len(ids), COLLECTION_MAX):
        soql = "SELECT Id, IsDeleted FROM Task WHERE Id IN {}"
        for row in client.query_all(format_soql(soql, ids[begin : begin + COLLECTION_MAX])):
            held.ids.add(row["Id"])
            if row["IsDeleted"]:
                held.deleted.add(row["Id"])


def _our_keys(held: Held) -> set[str]:
    """Of many there are many, so they are asked for by their ids in one go."""
    ours = LoggedTask.objects.filter(task_id__in=held.keys.values())
    return {str(key) for key in ours.values_list("key", flat=True)} & held.keys.keys()


@transaction.atomic
def _follow_up(logged: QuerySet[LoggedTask], missing: set[str], *, now: datetime) -> None:
    """Log again what is missing when it is looked again: an org that was restored, for example.

    Deletions are told late, so not at once. Nor without our key: only by that a task which is
    there all the same, unseen by the main connection, is found first.
    """
    logged.exclude(missing_since=None).exclude(task_id__in=missing).update(missing_since=None)
    lacking = logged.filter(task_id__in=missing)
    for_long = lacking.filter(level=Level.KEY, missing_since__lte=now - MARGIN)
    deliveries = list(for_long.values_list("delivery_id", flat=True))
    for_long.update(task_id="", logged_at=None, missing_since=None, marks={}, is_behind=False)
    lacking.filter(missing_since=None).update(missing_since=now)
    Delivery.objects.filter(pk__in=deliveries, state=Delivery.State.DELIVERED).update(
        state=Delivery.State.UNCERTAIN,
        remote_id="",
        attempts=0,
        due_at=now,
        settled_at=None,
        uncertain_since=now,
    )
