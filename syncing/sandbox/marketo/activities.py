"""The activity log: types, the date token, and the three feeds read from it."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from syncing.sandbox.marketo.activity_types import (
    ACTIVITY_TYPES,
    CHANGE_DATA_VALUE,
    DELETE_LEAD,
    NEW_LEAD,
)
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.custom_types import approved_types
from syncing.sandbox.marketo.envelope import Answer, MarketoError, answer
from syncing.sandbox.marketo.fields import chosen_fields
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.paging import from_token, to_token

TYPE_IDS_MAX = 10
LEAD_IDS_MAX = 30

# The merge patch drops what is null: Marketo leaves such keys out.
_ACTIVITY_JSON = """
    json_patch('{}', json_object(
        'id', seq, 'marketoGUID', cast(seq AS TEXT), 'leadId', leadId,
        'activityDate', happenedAt, 'activityTypeId', typeId,
        'primaryAttributeValueId', primaryId, 'primaryAttributeValue', primaryValue,
        'attributes', json(attributes)))
"""
# This feed alone writes its dates with +0000.
_CHANGE_JSON = """
    json_object(
        'id', seq, 'marketoGUID', cast(seq AS TEXT), 'leadId', leadId,
        'activityDate', replace(happenedAt, 'Z', '+0000'), 'activityTypeId', typeId,
        'fields', json(change), 'attributes', json(attributes))
"""


def paging_token(instance: Instance, request: Request) -> Answer:
    """A token for everything logged at `sinceDatetime` or later."""
    since = request.moment("sinceDatetime")
    return Answer(next_page_token=to_token("feed", since, 0))


def activities(instance: Instance, request: Request) -> Answer:
    types = request.numbers("activityTypeIds", at_most=TYPE_IDS_MAX)
    if not types:
        raise MarketoError("1002", "Missing value for required parameter 'activityTypeIds'")
    readable = [type_id for type_id in types if type_id != DELETE_LEAD]
    where = f"typeId IN ({_listed(readable)}) {_of_leads(request)}"
    days = instance.settings.activity_days
    return _feed_page(instance, request, _ACTIVITY_JSON, where, days=days)


def lead_changes(instance: Instance, request: Request) -> Answer:
    """Changes of the listed fields, and new leads whatever the fields."""
    names = request.values("fields", at_most=1000)
    if not names:
        raise MarketoError("1002", "Missing value for required parameter 'fields'")
    fields = chosen_fields(instance.settings, names)
    listed = ", ".join(f"'{field.name}'" for field in fields)
    where = (
        f"(typeId = {NEW_LEAD} OR typeId = {CHANGE_DATA_VALUE} AND field IN ({listed}))"
        f" {_of_leads(request)}"
    )
    days = instance.settings.activity_days
    return _feed_page(instance, request, _CHANGE_JSON, where, days=days)


def deleted_leads(instance: Instance, request: Request) -> Answer:
    days = instance.settings.deleted_days
    where = f"typeId = {DELETE_LEAD}"
    return _feed_page(instance, request, _ACTIVITY_JSON, where, days=days)


def types(instance: Instance, request: Request) -> Answer:
    """Built-in types and approved custom ones, which nothing marks as custom."""
    listed = [
        {
            "id": known.id,
            "name": known.name,
            "description": known.name,
            **({"primaryAttribute": _attribute(known.primary)} if known.primary else {}),
            "attributes": [_attribute(attribute) for attribute in known.attributes],
        }
        for known in ACTIVITY_TYPES
    ]
    with instance.store.reading() as connection:
        listed.extend(
            {
                "id": custom.id,
                "name": custom.definition["name"],
                "description": custom.definition.get("description", ""),
                "primaryAttribute": {
                    "name": custom.definition["primaryAttribute"]["name"],
                    "dataType": custom.definition["primaryAttribute"]["dataType"],
                },
                "attributes": [
                    {"name": attribute["name"], "dataType": attribute["dataType"]}
                    for attribute in custom.definition["attributes"]
                ],
            }
            for custom in approved_types(connection)
        )
    return answer(listed)


def _attribute(attribute: tuple[str, str]) -> dict[str, str]:
    name, data_type = attribute
    return {"name": name, "dataType": data_type}


def _of_leads(request: Request) -> str:
    lead_ids = request.numbers("leadIds", at_most=LEAD_IDS_MAX)
    return f"AND leadId IN ({_listed(lead_ids)})" if lead_ids else ""


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _feed_page(
    instance: Instance, request: Request, row_json: str, where: str, *, days: int
) -> Answer:
    """One page of a feed: the log is scanned in blocks, so a page may be empty and not the last.

    The token's position is the (time, number) of the last row looked at. A row that is
    committed late with an earlier time is therefore never seen by a token that is past it.
    """
    since, after = from_token("feed", request.required_text("nextPageToken"))
    since = max(str(since), instance.clock.stamp(ago=timedelta(days=days)))
    position = {"since": since, "after": after}
    position["block"] = instance.settings.scan_rows
    with instance.store.reading() as connection:
        block_end = _block_end(connection, position)
        rows, count, page_end = _matching_rows(
            connection, row_json, where, position | {"size": request.page_size()}
        )
        end = page_end if count == request.page_size() else block_end
        end = end or (since, int(after))
        more = _has_rows_after(connection, end)
    result = f"[{rows}]" if rows or instance.settings.empty_result_key else None
    return Answer(result, next_page_token=to_token("feed", *end), more_result=more)


_AFTER = "happenedAt >= :since AND (happenedAt > :since OR seq > :after)"
_BLOCK = f"SELECT * FROM activity WHERE {_AFTER} ORDER BY happenedAt, seq LIMIT :block"


def _block_end(
    connection: sqlite3.Connection, position: dict[str, str | int]
) -> tuple[str, int] | None:
    row = connection.execute(
        f"SELECT happenedAt, seq FROM ({_BLOCK}) ORDER BY happenedAt DESC, seq DESC LIMIT 1",
        position,
    ).fetchone()
    return (row["happenedAt"], row["seq"]) if row else None


def _matching_rows(
    connection: sqlite3.Connection, row_json: str, where: str, position: dict[str, str | int]
) -> tuple[str, int, tuple[str, int] | None]:
    """The rows as JSON, how many, and where the last one stands in the log."""
    row = connection.execute(
        "SELECT group_concat(row_json, ',') AS rows, count(*) AS count,"
        " max(happenedAt || '|' || printf('%020d', seq)) AS last FROM ("
        f"SELECT {row_json} AS row_json, happenedAt, seq FROM ({_BLOCK}) WHERE {where}"
        " ORDER BY happenedAt, seq LIMIT :size)",
        position,
    ).fetchone()
    if not row["count"]:
        return "", 0, None
    happened_at, _, seq = row["last"].partition("|")
    return row["rows"], row["count"], (happened_at, int(seq))


def _has_rows_after(connection: sqlite3.Connection, end: tuple[str, int]) -> bool:
    since, after = end
    row = connection.execute(
        f"SELECT 1 FROM activity WHERE {_AFTER} LIMIT 1", {"since": since, "after": after}
    ).fetchone()
    return row is not None
