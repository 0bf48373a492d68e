"""Create or change by an external id.

Whether a key exists is looked up when the request arrives, before it waits for its turn to write.
So of two requests with the same new key, the slower one fails on the unique field, as it does at
Salesforce.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from syncing.sandbox.salesforce import records
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.faults import FaultKind
from syncing.sandbox.salesforce.fields import Field
from syncing.sandbox.salesforce.schema import ObjectView


class SeveralFound(Exception):
    """The key fits more than one record."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(ids)
        self.ids = ids


def existing_keys(
    connection: sqlite3.Connection, view: ObjectView, key: Field, values: Iterable[Any]
) -> dict[str, str]:
    """Which of these keys exist, and whose they are; keys in lower case."""
    texts = [value for value in values if isinstance(value, str)]
    rows = connection.execute(
        f'SELECT "{key.name}" AS key, Id FROM "{view.name}"'
        f' WHERE "{key.name}" IN ({", ".join("?" * len(texts))}) AND NOT IsDeleted',
        texts,
    )
    return {row["key"].lower(): row["Id"] for row in rows}


def upsert(
    call: Call,
    view: ObjectView,
    key: Field,
    value: Any,
    body: Mapping[str, Any],
    *,
    update_only: bool = False,
) -> tuple[str, bool]:
    """The record's id, and whether it is new."""
    if not isinstance(value, str) or not value.strip():
        message = f"{key.name} not specified"
        raise SalesforceError(400, "MISSING_ARGUMENT", message, [key.name])
    found = _find(call, view, key, value)
    if len(found) > 1:
        raise SeveralFound(found)
    if found:
        records.update(call, view, found[0], body)
        return found[0], False
    if update_only:
        message = f"Record with {key.name} {value} not found."
        raise SalesforceError(404, "NOT_FOUND", message)
    record_id = records.create(call, view, {**body, key.name: value})
    if call.faults.take_record(FaultKind.RACE, view.name, body):
        raise records.duplicate_value(key.name, record_id)
    return record_id, True


def _find(call: Call, view: ObjectView, key: Field, value: str) -> list[str]:
    if call.known_keys is None or not key.is_unique:
        return records.find_by_key(call, view, key, value)
    known = call.known_keys.get(value.strip().lower())
    return [known] if known else []
