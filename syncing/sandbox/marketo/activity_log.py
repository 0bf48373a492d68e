"""Rows of the activity log, as each kind of change writes them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from syncing.sandbox.marketo import activity_types
from syncing.sandbox.marketo.fields import Field
from syncing.sandbox.marketo.lead_rows import insert

_REASON = ({"name": "Reason", "value": "Web service API"},)


def log(
    connection: sqlite3.Connection,
    type_id: int,
    lead_id: int,
    happened_at: str,
    attributes: list[dict[str, Any]],
    *,
    primary: tuple[int | None, str | None] = (None, None),
) -> int:
    """Add a row to the activity log; its number."""
    return insert(
        connection,
        "activity",
        {
            "leadId": lead_id,
            "typeId": type_id,
            "happenedAt": happened_at,
            "primaryId": primary[0],
            "primaryValue": primary[1],
            "attributes": json.dumps(attributes, ensure_ascii=False),
        },
    )


def log_change(
    connection: sqlite3.Connection,
    lead_id: int,
    now: str,
    *,
    field: Field,
    number: int,
    old: Any,
    new: Any,
) -> None:
    """Type 13: activities.json shows the display name, leadchanges.json the API name."""
    old_text, new_text = _as_text(old), _as_text(new)
    change = {"id": number, "name": field.name, "newValue": new_text, "oldValue": old_text}
    attributes = [*present({"New Value": new_text, "Old Value": old_text}), *_REASON]
    insert(
        connection,
        "activity",
        {
            "leadId": lead_id,
            "typeId": activity_types.CHANGE_DATA_VALUE,
            "happenedAt": now,
            "primaryId": number,
            "primaryValue": field.display_name,
            "attributes": json.dumps(attributes, ensure_ascii=False),
            "field": field.name,
            "change": json.dumps([change], ensure_ascii=False),
        },
    )


def log_deletion(connection: sqlite3.Connection, lead: sqlite3.Row, now: str) -> None:
    name = " ".join(part for part in (lead["firstName"], lead["lastName"]) if part)
    primary = (lead["id"], name or None)
    log(connection, activity_types.DELETE_LEAD, lead["id"], now, [], primary=primary)


def present(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes of the log; empty ones are left out."""
    return [
        {"name": name, "value": value} for name, value in values.items() if value not in (None, "")
    ]


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
