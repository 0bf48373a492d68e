"""Which records changed or were deleted in a window of time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.values import parse_moment, stamp

UPDATED_DAYS = 30
DELETED_DAYS = 15
IDS_MAX = 600_000


def updated(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}/updated/?start=…&end=…"""
    view = call.schema.object(request.values["object"])
    start, end = _window(call, request, days=UPDATED_DAYS)
    rows = call.connection.execute(
        f'SELECT Id FROM "{view.name}" WHERE SystemModstamp >= ? AND SystemModstamp < ?'
        f" AND NOT IsDeleted ORDER BY SystemModstamp LIMIT {IDS_MAX + 1}",
        (stamp(start), stamp(end)),
    )
    ids = _counted([row["Id"] for row in rows])
    return Result(200, {"ids": ids, "latestDateCovered": _covered(call, end)})


def deleted(call: Call, request: ApiRequest) -> Result:
    """GET sobjects/{object}/deleted/?start=…&end=…"""
    view = call.schema.object(request.values["object"])
    start, end = _window(call, request, days=DELETED_DAYS)
    rows = call.connection.execute(
        f'SELECT Id, _deletedAt AS deletedAt FROM "{view.name}" WHERE IsDeleted'
        " AND _deletedAt >= :start AND _deletedAt < :end UNION ALL"
        " SELECT Id, deletedAt FROM purged WHERE object = :object"
        " AND deletedAt >= :start AND deletedAt < :end ORDER BY 2",
        {"start": stamp(start), "end": stamp(end), "object": view.name},
    )
    found = [{"id": row["Id"], "deletedDate": row["deletedAt"]} for row in rows]
    earliest = parse_moment(call.stamp) - timedelta(days=DELETED_DAYS)
    return Result(
        200,
        {
            "deletedRecords": _counted(found),
            "earliestDateAvailable": stamp(earliest),
            "latestDateCovered": _covered(call, end),
        },
    )


def _window(call: Call, request: ApiRequest, *, days: int) -> tuple[datetime, datetime]:
    start, end = _moment(request, "start"), _moment(request, "end")
    now = parse_moment(call.stamp)
    if start >= end:
        raise _bad_window("startDate must be before endDate")
    if start < now - timedelta(days=days):
        raise _bad_window(f"startDate cannot be more than {days} days ago")
    if start > now:
        raise _bad_window("startDate cannot be in the future")
    return start, end


def _moment(request: ApiRequest, name: str) -> datetime:
    text = request.param(name) or ""
    try:
        # A plus sign that the caller left as it is comes as a space.
        return parse_moment(text.replace(" ", "+")).replace(microsecond=0)
    except ValueError:
        message = f"{name} has an invalid date format: {text}"
        raise SalesforceError(400, "INVALID_REPLICATION_DATE", message) from None


def _bad_window(message: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_REPLICATION_DATE", message)


def _counted(found: list[Any]) -> list[Any]:
    if len(found) > IDS_MAX:
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", "too many ids")
    return found


def _covered(call: Call, end: datetime) -> str:
    """Up to when nothing can come to light any more: not past the oldest open transaction."""
    return min(stamp(end), call.stamp, call.open_since or call.stamp)
