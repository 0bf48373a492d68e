"""Records: create, read, change and delete one, by the rules of its object."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import SalesforceError, invalid_field, not_found
from syncing.sandbox.salesforce.faults import FaultKind
from syncing.sandbox.salesforce.fields import Field
from syncing.sandbox.salesforce.ids import is_id, new_id, to18
from syncing.sandbox.salesforce.removal import soft_delete
from syncing.sandbox.salesforce.rules import DERIVED, check_duplicates, check_references
from syncing.sandbox.salesforce.schema import ObjectView
from syncing.sandbox.salesforce.values import shown, stored

Values = Mapping[str, Any]


def create(call: Call, view: ObjectView, body: Values) -> str:
    """The new record's id."""
    if any(name.lower() == "id" for name in body):
        raise SalesforceError(400, "INVALID_FIELD", "cannot specify Id in an insert call", ["Id"])
    values = _checked(call, view, body, is_new=True)
    for item in view.sobject.own_fields:
        if values.get(item.name) is None and item.is_defaulted:
            values[item.name] = _default(call, view, item)
    _require(view, values)
    check_references(call, view, values)
    check_duplicates(call, view, values)
    values |= DERIVED.get(view.name, _nothing)(call, values, {})
    number = call.connection.execute(
        "SELECT seq FROM sqlite_sequence WHERE name = ?", (view.name,)
    ).fetchone()
    record_id = new_id(view.prefix, number["seq"] + 1 if number else 1)
    by = {"CreatedDate": call.stamp, "CreatedById": call.user_id}
    _write(
        call,
        view,
        {"Id": record_id, **values, **by, **_modified(call)},
        'INSERT INTO "{table}" ({names}) VALUES ({marks})',
    )
    return record_id


def update(call: Call, view: ObjectView, record_id: str, body: Values) -> None:
    record = live_record(call, view, record_id)
    values = _checked(call, view, body, is_new=False)
    if view.name == "Lead" and record["IsConverted"]:
        raise SalesforceError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot update converted lead")
    _require(view, {**record, **values})
    check_references(call, view, values)
    values |= DERIVED.get(view.name, _nothing)(call, {**record, **values}, record)
    assignments = ", ".join(f'"{name}" = :{name}' for name in {**values, **_modified(call)})
    _write(
        call,
        view,
        {**values, **_modified(call), "Id": record["Id"]},
        f'UPDATE "{{table}}" SET {assignments} WHERE Id = :Id',
    )


def delete(call: Call, view: ObjectView, record_id: str) -> None:
    """Into the recycle bin."""
    record = live_record(call, view, record_id)
    _strike(call, view, {})
    if not view.sobject.is_writable:
        message = f"entity type {view.name} does not support delete"
        raise SalesforceError(400, "INVALID_TYPE", message)
    soft_delete(call.connection, view.name, record["Id"], stamp=call.stamp)


def live_record(call: Call, view: ObjectView, record_id: str) -> dict[str, Any]:
    """The record to change; it raises when it is gone, or never was."""
    record = find(call, view, record_id)
    if record is None:
        message = "invalid cross reference id"
        raise SalesforceError(404, "INVALID_CROSS_REFERENCE_KEY", message, [])
    if record["IsDeleted"]:
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    return record


def find(call: Call, view: ObjectView, record_id: str) -> dict[str, Any] | None:
    """The row behind an id of 15 or 18 characters, deleted or not."""
    if not is_id(record_id):
        raise not_found(
            f"Provided external ID field does not exist or is not accessible: {record_id}"
        )
    row = call.connection.execute(
        f'SELECT * FROM "{view.name}" WHERE Id = ?', (to18(record_id),)
    ).fetchone()
    return dict(row) if row else None


def find_by_key(call: Call, view: ObjectView, key: Field, value: Any) -> list[str]:
    """The ids of the live records with this external id."""
    rows = call.connection.execute(
        f'SELECT Id FROM "{view.name}" WHERE "{key.name}" = ? AND NOT IsDeleted',
        (stored(key, value),),
    )
    return [row["Id"] for row in rows]


def key_field(view: ObjectView, name: str) -> Field:
    """The field to find records by; raises unless it is an external id."""
    found = view.by_name.get(name.lower())
    if found is None or not found.is_external_id:
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return found


def rendered(call: Call, view: ObjectView, record: Values, fields: list[Field]) -> dict[str, Any]:
    """A record as the API shows it."""
    shown_values = {item.name: shown(item, record[item.name]) for item in fields}
    return {"attributes": attributes(call.base, view.name, record["Id"]), **shown_values}


def attributes(base: str, object_name: str, record_id: str) -> dict[str, str]:
    return {"type": object_name, "url": f"{base}/sobjects/{object_name}/{record_id}"}


def chosen_fields(view: ObjectView, names: list[str]) -> list[Field]:
    """The named fields, or all there are to see."""
    if not names:
        return list(view.fields)
    unknown = [name for name in names if name.lower() not in view.by_name]
    if unknown:
        raise invalid_field(unknown[0], view.name)
    return [view.by_name[name.lower()] for name in names]


def _checked(call: Call, view: ObjectView, body: Values, *, is_new: bool) -> dict[str, Any]:
    """The values of a body as they are kept, by the right names of their fields."""
    if not view.sobject.is_writable:
        verb = "insert" if is_new else "update"
        message = f"entity type {view.name} does not support {verb}"
        raise SalesforceError(400, "INVALID_TYPE", message)
    given: list[tuple[Field, Any]] = []
    for name, value in body.items():
        if name == "attributes":
            continue
        item = view.by_name.get(name.lower())
        if item is None:
            raise invalid_field(name, view.name)
        given.append((item, value))
    _strike(call, view, {item.name for item, _ in given})
    fixed = [
        item.name for item, _ in given if not (item.is_createable if is_new else item.is_updateable)
    ]
    if fixed:
        raise SalesforceError(
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(fixed)}. Please check the security"
            " settings of this field and verify that it is read/write for your profile or"
            " permission set.",
            fixed,
        )
    return {item.name: stored(item, value) for item, value in given}


def _strike(call: Call, view: ObjectView, names: set[str] | Values) -> None:
    fault = call.faults.take_record(FaultKind.RECORD, view.name, names)
    if fault:
        fields = [] if fault.field == "*" else [fault.field]
        raise SalesforceError(400, fault.code, fault.message, fields)


def _default(call: Call, view: ObjectView, item: Field) -> Any:
    if item.name == "OwnerId":
        return call.user_id
    # Also for those who may not see the field.
    choices = view.by_name.get(item.name.lower(), item).choices
    return next((choice.value for choice in choices if choice.is_default), None)


def _require(view: ObjectView, values: Values) -> None:
    missing = [
        item.name
        for item in view.sobject.own_fields
        if item.is_required and values.get(item.name) is None
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, missing)


def _modified(call: Call) -> dict[str, str]:
    return {
        "LastModifiedDate": call.stamp,
        "LastModifiedById": call.user_id,
        "SystemModstamp": call.stamp,
    }


def _write(call: Call, view: ObjectView, values: dict[str, Any], sql: str) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    try:
        call.connection.execute(sql.format(table=view.name, names=names, marks=marks), values)
    except sqlite3.IntegrityError as error:
        raise _duplicate(call, view, values, str(error)) from None


def _duplicate(
    call: Call, view: ObjectView, values: Values, message: str
) -> SalesforceError | sqlite3.IntegrityError:
    name = message.rpartition(".")[2]
    if name not in values:
        return sqlite3.IntegrityError(message)
    row = call.connection.execute(
        f'SELECT Id FROM "{view.name}" WHERE "{name}" = ? AND NOT IsDeleted', (values[name],)
    ).fetchone()
    return duplicate_value(name, row["Id"])


def duplicate_value(name: str, record_id: str) -> SalesforceError:
    """The refusal of a key that a record has already; it names the record by its short id."""
    message = f"duplicate value found: {name} duplicates value on record with id: {record_id[:15]}"
    return SalesforceError(400, "DUPLICATE_VALUE", message, [])


def _nothing(call: Call, values: Values, before: Values) -> dict[str, Any]:
    return {}
