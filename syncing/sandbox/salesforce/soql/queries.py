"""The query endpoints: rows as records, page by page."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError, malformed_query
from syncing.sandbox.salesforce.objects import OBJECT_OF_PREFIX
from syncing.sandbox.salesforce.records import attributes
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.soql.compiler import Column, Compiled, Compiler
from syncing.sandbox.salesforce.soql.parser import parse
from syncing.sandbox.salesforce.values import parse_moment

PAGE_MIN, PAGE_MAX = 200, 2000
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(?P<cursor>01g\w+)-(?P<start>\d+)\Z")


def query(call: Call, request: ApiRequest) -> Result:
    """GET query?q=…, without what is deleted or archived."""
    return _query(call, request, with_deleted=False)


def query_all(call: Call, request: ApiRequest) -> Result:
    """GET queryAll?q=…, with it."""
    return _query(call, request, with_deleted=True)


def next_page(call: Call, request: ApiRequest) -> Result:
    """GET query/{locator}."""
    found = _LOCATOR.match(request.values["locator"])
    if found is None:
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    compiled, rows = call.cursors.get(found["cursor"])
    return _page(call, request, compiled, rows, name=found["cursor"], start=int(found["start"]))


def _query(call: Call, request: ApiRequest, *, with_deleted: bool) -> Result:
    text = request.param("q")
    if not text:
        raise malformed_query("A query string has to be specified")
    now = parse_moment(call.stamp)
    compiled = Compiler(call.schema, now, with_deleted=with_deleted).compile(parse(text))
    rows = call.connection.execute(compiled.sql, compiled.arguments).fetchall()
    if compiled.is_count:
        return Result(200, {"totalSize": rows[0][0], "done": True, "records": []})
    return _page(call, request, compiled, rows)


def _page(
    call: Call,
    request: ApiRequest,
    compiled: Compiled,
    rows: list[sqlite3.Row],
    *,
    name: str = "",
    start: int = 0,
) -> Result:
    end = start + _page_size(request)
    page: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows)}
    if end < len(rows):
        cursor = name or call.cursors.keep(compiled, rows)
        page["nextRecordsUrl"] = f"{call.base}/query/{cursor}-{end}"
    page["records"] = [_record(call, compiled, row) for row in rows[start:end]]
    return Result(200, page)


def _page_size(request: ApiRequest) -> int:
    found = _BATCH_SIZE.search(request.headers.get("sforce-query-options", ""))
    return max(PAGE_MIN, min(int(found[1]), PAGE_MAX)) if found else PAGE_MAX


def _record(call: Call, compiled: Compiled, row: sqlite3.Row) -> dict[str, Any]:
    if compiled.is_aggregate:
        values = zip(compiled.columns, row, strict=True)
        shown = {column.path[0]: _shown(column, value) for column, value in values}
        return {"attributes": {"type": "AggregateResult"}, **shown}
    record = {"attributes": attributes(call.base, compiled.object, row[0])}
    for place, column in enumerate(compiled.columns, start=1):
        holder = _holder(call, record, column, row)
        if holder is not None:
            holder[column.path[-1]] = _shown(column, row[place])
    return record


def _holder(
    call: Call, record: dict[str, Any], column: Column, row: sqlite3.Row
) -> dict[str, Any] | None:
    """The record or related record that a value belongs to; null stands for one that is not."""
    holder: dict[str, Any] = record
    for name, place in zip(column.path[:-1], column.id_places, strict=True):
        related_id = row[place]
        if related_id is None:
            holder[name] = None
            return None
        kind = OBJECT_OF_PREFIX[related_id[:3]]
        holder = holder.setdefault(name, {"attributes": attributes(call.base, kind, related_id)})
    return holder


def _shown(column: Column, value: Any) -> Any:
    return bool(value) if column.type == "boolean" else value
