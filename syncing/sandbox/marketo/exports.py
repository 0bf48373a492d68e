"""Bulk lead extract: /bulk/v1/leads/export/..."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syncing.sandbox.marketo.api_request import Request, to_stamp
from syncing.sandbox.marketo.clock import STAMP
from syncing.sandbox.marketo.envelope import (
    Answer,
    FileAnswer,
    MarketoError,
    Reply,
    answer,
    plain_text,
)
from syncing.sandbox.marketo.export_jobs import SMART_LISTS
from syncing.sandbox.marketo.fields import chosen_fields
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.paging import from_token, to_token

WINDOW_MAX = timedelta(days=31)
LISTED_DAYS = 7
ENDED = {"Completed", "Failed", "Cancelled"}
FILTERS = {
    "createdAt",
    "updatedAt",
    "staticListId",
    "staticListName",
    "smartListId",
    "smartListName",
}
_SHOWN = (
    "exportId",
    "status",
    "createdAt",
    "queuedAt",
    "startedAt",
    "finishedAt",
    "numberOfRecords",
    "fileSize",
    "fileChecksum",
    "errorMsg",
)


def create_export(instance: Instance, request: Request) -> Answer:
    content = request.json_object()
    if content.get("format", "CSV") != "CSV":
        raise MarketoError("1003", "The sandbox exports CSV only")
    names = content.get("fields")
    if not isinstance(names, list) or not names:
        raise MarketoError("1002", "Missing value for required parameter 'fields'")
    fields = chosen_fields(instance.settings, names, code="1003")
    order = {
        "fields": [field.name for field in fields],
        "columnHeaderNames": content.get("columnHeaderNames") or {},
        "filter": _checked_filter(instance, content.get("filter")),
    }
    export_id = str(uuid.uuid4())
    with instance.store.writing() as connection:
        _check_megabytes(instance, connection)
        connection.execute(
            "INSERT INTO export_job (exportId, status, request, createdAt)"
            " VALUES (?, 'Created', ?, ?)",
            (export_id, json.dumps(order), instance.clock.stamp()),
        )
        return answer([_shown(_job(connection, export_id))])


def enqueue_export(instance: Instance, request: Request) -> Answer:
    with instance.store.writing() as connection:
        job = _job(connection, request.path_values["exportId"])
        if job["status"] != "Created":
            raise MarketoError("1029", "Job already queued")
        _check_megabytes(instance, connection)
        waiting = connection.execute(
            "SELECT count(*) FROM export_job WHERE status IN ('Queued', 'Processing')"
        ).fetchone()[0]
        if waiting >= instance.settings.exports_queued:
            raise MarketoError("1029", "Too many jobs in queue")
        connection.execute(
            "UPDATE export_job SET status = 'Queued', queuedAt = ? WHERE exportId = ?",
            (instance.clock.stamp(), job["exportId"]),
        )
        found = answer([_shown(_job(connection, job["exportId"]))])
    instance.exports.wake()
    return found


def export_status(instance: Instance, request: Request) -> Answer:
    with instance.store.reading() as connection:
        return answer([_shown(_job(connection, request.path_values["exportId"]))])


def cancel_export(instance: Instance, request: Request) -> Answer:
    with instance.store.writing() as connection:
        job = _job(connection, request.path_values["exportId"])
        if job["status"] in ENDED:
            raise MarketoError("1037", f"Export is already {job['status']}")
        connection.execute(
            "UPDATE export_job SET status = 'Cancelled', finishedAt = ? WHERE exportId = ?",
            (instance.clock.stamp(), job["exportId"]),
        )
        return answer([_shown(_job(connection, job["exportId"]))])


def list_exports(instance: Instance, request: Request) -> Answer:
    """The jobs of the last days, newest first; the status filter ignores case."""
    wanted = {status.lower() for status in request.values("status", at_most=10)}
    token = request.text("nextPageToken")
    start = int(from_token("exports", token)[0]) if token else 0
    size = request.page_size()
    since = instance.clock.stamp(ago=timedelta(days=LISTED_DAYS))
    with instance.store.reading() as connection:
        jobs = connection.execute(
            "SELECT * FROM export_job WHERE createdAt >= ? ORDER BY rowid DESC", (since,)
        ).fetchall()
    matching = [job for job in jobs if not wanted or job["status"].lower() in wanted]
    page = matching[start : start + size]
    more = len(matching) > start + size
    return answer(
        [_shown(job) for job in page],
        next_page_token=to_token("exports", start + size) if more else None,
    )


def export_file(instance: Instance, request: Request) -> FileAnswer | Reply:
    """The CSV, or the part of it that a Range header names; plain text 404 if there is none."""
    export_id = request.path_values["exportId"]
    path = instance.exports.file(export_id)
    oldest = instance.clock.stamp(ago=timedelta(days=instance.settings.export_file_days))
    with instance.store.reading() as connection:
        job = connection.execute(
            "SELECT status, fileSize FROM export_job WHERE exportId = ? AND createdAt >= ?",
            (export_id, oldest),
        ).fetchone()
    if job is None or job["status"] != "Completed" or not path.exists():
        return plain_text(404, "Export file is not available")
    return _file_slice(path, job["fileSize"], request.headers.get("range"))


def _file_slice(path: Path, size: int, range_header: str | None) -> FileAnswer | Reply:
    if not range_header:
        return FileAnswer(path, 0, size, size, partial=False)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", range_header)
    if not found or not any(found.groups()):
        return FileAnswer(path, 0, size, size, partial=False)
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Reply(416, headers={"Content-Range": f"bytes */{size}"})
    return FileAnswer(path, start, end - start + 1, size, partial=True)


def _checked_filter(instance: Instance, filter_: Any) -> dict[str, Any]:
    """The filter with normal dates and a smart list id; 1003 or 1035 when it is refused."""
    if not isinstance(filter_, dict) or len(filter_) != 1:
        raise MarketoError("1003", "Exactly one filter is required")
    kind, value = next(iter(filter_.items()))
    if kind not in FILTERS:
        raise MarketoError("1003", f"Invalid filter type '{kind}'")
    settings = instance.settings
    is_off = {
        "updatedAt": not settings.updated_at_filter,
        "smartListId": not settings.smart_list_filter,
        "smartListName": not settings.smart_list_filter,
    }
    if is_off.get(kind):
        raise MarketoError("1035", "Unsupported filter type for target subscription")
    if kind in {"createdAt", "updatedAt"}:
        return {kind: _window(kind, value)}
    for list_id, (name, _) in SMART_LISTS.items():
        if (kind, str(value)) in {("smartListId", str(list_id)), ("smartListName", name)}:
            return {"smartListId": list_id}
    raise MarketoError("1003", f"List '{value}' not found")


def _window(kind: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise MarketoError("1003", f"Invalid value for filter '{kind}'")
    start, end = (to_stamp(kind, value.get(edge)) for edge in ("startAt", "endAt"))
    length = datetime.strptime(end, STAMP) - datetime.strptime(start, STAMP)  # noqa: DTZ007 - both UTC
    if not timedelta() <= length <= WINDOW_MAX:
        raise MarketoError("1003", f"The date range of '{kind}' must be up to 31 days")
    return {"startAt": start, "endAt": end}


def _check_megabytes(instance: Instance, connection: sqlite3.Connection) -> None:
    """A job that is queued already runs to its end; new ones are refused past the quota."""
    settings = instance.settings
    if settings.limits and instance.exports.bytes_today(connection) >= settings.export_daily_bytes:
        megabytes = settings.export_daily_bytes // 1_000_000
        raise MarketoError("1029", f"Export daily quota {megabytes}MB exceeded.")


def _job(connection: sqlite3.Connection, export_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM export_job WHERE exportId = ?", (export_id,)
    ).fetchone()
    if row is None:
        raise MarketoError("1003", f"Export '{export_id}' not found")
    return row


def _shown(job: sqlite3.Row) -> dict[str, Any]:
    present = {name: job[name] for name in _SHOWN if job[name] is not None}
    return {"format": "CSV", **present}
