"""The most recent activity, on the lead or contact itself, where the org has the fields for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog
from django.core.cache import cache

from syncing.salesforce import COLLECTION_MAX, FieldInfo, SalesforceClient, as_stamp
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.shape import KEPT_FOR, cut

log = structlog.get_logger(__name__)

# Custom fields of Lead and Contact: a text and a date and time.
LAST_ACTIVITY = "Actions_Last_Activity__c"
LAST_ACTIVITY_AT = "Actions_Last_Activity_At__c"
OBJECTS = {"Lead": "00Q", "Contact": "003"}


def roll_up(
    client: SalesforceClient, connection: SalesforceConnection, record_ids: Collection[str]
) -> None:
    """Write the latest logged activity of each record. Raises SyncError.

    What is refused is left alone: the next activity tells it again.
    """
    for name, prefix in OBJECTS.items():
        ids = sorted(one for one in record_ids if one.startswith(prefix))
        fields = _fields_of(client, connection, name) if ids else {}
        for begin in range(0, len(ids) if fields else 0, COLLECTION_MAX):
            rows = [_row(task, fields) for task in _latest(ids[begin : begin + COLLECTION_MAX])]
            results = client.update(name, rows)
            if refused := [result.errors[0].code for result in results if not result.is_ok]:
                log.warning("roll_up_refused", object=name, count=len(refused), code=refused[0])


def _latest(record_ids: Collection[str]) -> list[LoggedTask]:
    tasks = LoggedTask.objects.filter(record_id__in=record_ids).exclude(task_id="")
    newest = tasks.order_by("record_id", "-delivery__activity__occurred_at", "-pk")
    return list(newest.distinct("record_id").select_related("delivery__activity"))


def _row(task: LoggedTask, fields: Mapping[str, FieldInfo]) -> dict[str, str]:
    activity = task.delivery.activity
    text = f"{activity.get_kind_display()}: {activity.subject}"
    values = {LAST_ACTIVITY_AT: as_stamp(activity.occurred_at)}
    if field := fields.get(LAST_ACTIVITY):
        values[LAST_ACTIVITY] = cut(text, field.length)
    return {"Id": task.record_id, **{name: values[name] for name in values if name in fields}}


def _fields_of(
    client: SalesforceClient, connection: SalesforceConnection, name: str
) -> Mapping[str, FieldInfo]:
    """Those of the two that may be written; asked once an hour."""
    key = f"roll-up-{name}-{connection.pk}-{connection.connected_at.timestamp()}"
    fields: dict[str, FieldInfo] | None = cache.get(key)
    if fields is None:
        described = client.describe(name).fields
        both = (described.get(field) for field in (LAST_ACTIVITY, LAST_ACTIVITY_AT))
        fields = {field.name: field for field in both if field and field.is_updateable}
        cache.set(key, fields, KEPT_FOR.total_seconds())
    return fields
