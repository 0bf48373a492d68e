"""What the org sees to in records: references that exist, and fields that follow from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.fields import Field
from syncing.sandbox.salesforce.objects import OBJECT_OF_PREFIX
from syncing.sandbox.salesforce.schema import ObjectView

Values = Mapping[str, Any]


def check_references(call: Call, view: ObjectView, values: Values) -> None:
    """Raise unless every record that the values name is there and fits."""
    for name, value in values.items():
        item = view.by_name.get(name.lower())
        if item and item.refers_to and value is not None:
            _check_reference(call, view, item, value)


def _check_reference(call: Call, view: ObjectView, item: Field, value: str) -> None:
    target = OBJECT_OF_PREFIX.get(value[:3])
    if target not in item.refers_to:
        message = f"{item.label}: id value of incorrect type: {value}"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, [item.name])
    row = call.connection.execute(f'SELECT * FROM "{target}" WHERE Id = ?', (value,)).fetchone()
    if row is None:
        message = "invalid cross reference id"
        raise SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", message, [item.name])
    if row["IsDeleted"]:
        raise SalesforceError(400, "ENTITY_IS_DELETED", "entity is deleted", [item.name])
    if target == "Lead" and row["IsConverted"]:
        message = f"cannot reference converted lead: {value[:15]}"
        raise SalesforceError(400, "CANNOT_UPDATE_CONVERTED_LEAD", message, [item.name])
    if target == "User" and not row["IsActive"]:
        message = f"operation performed with inactive user [{value}] as owner of {view.name}"
        raise SalesforceError(400, "INACTIVE_OWNER_OR_USER", message.lower(), [item.name])


def check_duplicates(call: Call, view: ObjectView, values: Values) -> None:
    """Where the org has a duplicate rule: nobody new with an e-mail that somebody has."""
    is_ruled = call.settings.duplicate_rule and view.name in {"Lead", "Contact"}
    if not is_ruled or call.allows_duplicates or not values.get("Email"):
        return
    for table in ("Lead", "Contact"):
        found = call.connection.execute(
            f"SELECT 1 FROM {table} WHERE Email = ? AND NOT IsDeleted", (values["Email"],)
        ).fetchone()
        if found:
            message = "Use one of these records?"
            raise SalesforceError(400, "DUPLICATES_DETECTED", message, [])


def _task(call: Call, values: Values, before: Values) -> dict[str, Any]:
    who, what = values.get("WhoId"), values.get("WhatId")
    if who and what and who.startswith("00Q"):
        message = "Related To ID: a task of a lead cannot be related to anything else"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["WhatId"])
    statuses = call.schema.object("Task").by_name["status"].choices
    is_closed = any(choice.is_closed for choice in statuses if choice.value == values["Status"])
    completed = values.get("CompletedDateTime") if before.get("IsClosed") else call.stamp
    return {
        "IsClosed": int(is_closed),
        "CompletedDateTime": completed if is_closed else None,
        "IsHighPriority": int(values["Priority"] == "High"),
        "AccountId": _account_of(call, who, what),
    }


def _account_of(call: Call, who: str | None, what: str | None) -> str | None:
    """The account that a task shows under: that of what it is about, else the contact's."""
    if what and what.startswith("001"):
        return what
    for record_id, table in ((what, "Opportunity"), (who, "Contact")):
        if record_id and OBJECT_OF_PREFIX[record_id[:3]] == table:
            row = call.connection.execute(
                f"SELECT AccountId FROM {table} WHERE Id = ?", (record_id,)
            ).fetchone()
            return str(row["AccountId"]) if row and row["AccountId"] else None
    return None


def _person(call: Call, values: Values, before: Values) -> dict[str, Any]:
    return {"Name": " ".join(filter(None, (values.get("FirstName"), values["LastName"])))}


def _opportunity(call: Call, values: Values, before: Values) -> dict[str, Any]:
    stage = values["StageName"]
    return {"IsClosed": int(stage.startswith("Closed")), "IsWon": int(stage == "Closed Won")}


# By object: what follows from its values, given what they were before.
DERIVED: dict[str, Callable[[Call, Values, Values], dict[str, Any]]] = {
    "Task": _task,
    "Lead": _person,
    "Contact": _person,
    "Opportunity": _opportunity,
}
