"""Custom activity types: a draft is edited, approved, and only then usable."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from syncing.sandbox.marketo.activity_types import ACTIVITY_TYPES, FIRST_CUSTOM_ID
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Answer, MarketoError, answer
from syncing.sandbox.marketo.instance import Instance

ATTRIBUTES_MAX = 20
DATA_TYPES = {
    "string",
    "boolean",
    "integer",
    "float",
    "link",
    "email",
    "currency",
    "date",
    "datetime",
    "phone",
    "text",
}
_NATIVE_NAMES = {known.name for known in ACTIVITY_TYPES}
_NAMES = ("name", "triggerName", "filterName")
_FROZEN = ("apiName", *_NAMES)

Definition = dict[str, Any]


@dataclass(frozen=True)
class CustomType:
    """A row of the table: its live definition, its draft, or both."""

    api_name: str
    id: int | None
    approved: Definition | None
    draft: Definition | None
    created_at: str
    updated_at: str

    @property
    def definition(self) -> Definition:
        return self.approved or self.draft or {}

    @property
    def status(self) -> str:
        if self.approved is None:
            return "draft"
        return "approved with draft" if self.draft else "approved"


def list_types(instance: Instance, request: Request) -> Answer:
    with instance.store.reading() as connection:
        return answer([_listed(custom) for custom in _all(connection)])


def describe_type(instance: Instance, request: Request) -> Answer:
    """The approved version, or the draft when `draft=true` asks for it."""
    with instance.store.reading() as connection:
        custom = _find(connection, request)
    shown = custom.draft if request.text("draft") == "true" else custom.approved
    return answer([_described(custom, shown or custom.definition)])


def create_type(instance: Instance, request: Request) -> Answer:
    content = request.json_object()
    for name in ("apiName", *_NAMES, "primaryAttribute"):
        if not content.get(name):
            raise MarketoError("1002", f"Missing value for required parameter '{name}'")
    definition = {
        "apiName": _api_name(content["apiName"]),
        **{name: _display_name(content[name]) for name in _NAMES},
        "description": content.get("description", ""),
        "primaryAttribute": _attribute(content["primaryAttribute"], is_primary=True),
        "attributes": [],
    }
    with instance.store.writing() as connection:
        existing = list(_all(connection))
        if len(existing) >= instance.settings.custom_types_max:
            raise MarketoError("1027", "The limit of custom activity types is reached")
        _refuse_clash(definition, existing)
        now = instance.clock.stamp()
        connection.execute(
            "INSERT INTO custom_type (apiName, draft, createdAt, updatedAt) VALUES (?, ?, ?, ?)",
            (definition["apiName"], json.dumps(definition), now, now),
        )
        return answer([_described(_find_named(connection, definition["apiName"]), definition)])


def update_type(instance: Instance, request: Request) -> Answer:
    content = request.json_object()

    def edit(custom: CustomType, draft: Definition) -> None:
        changed = [name for name in (*_FROZEN, "primaryAttribute") if name in content]
        if custom.approved and any(content[name] != draft[name] for name in changed):
            raise MarketoError("1003", "Names of an approved activity type cannot change")
        for name in _NAMES:
            if name in content:
                draft[name] = _display_name(content[name])
        if "description" in content:
            draft["description"] = content["description"]
        if "primaryAttribute" in content:
            draft["primaryAttribute"] = _attribute(content["primaryAttribute"], is_primary=True)

    return _edit_draft(instance, request, edit)


def create_attributes(instance: Instance, request: Request) -> Answer:
    wanted = [_attribute(attribute) for attribute in _attributes_of(request)]

    def edit(custom: CustomType, draft: Definition) -> None:
        known = {attribute["apiName"] for attribute in draft["attributes"]}
        known.add(draft["primaryAttribute"]["apiName"])
        for attribute in wanted:
            if attribute["apiName"] in known:
                raise MarketoError("1005", f"Attribute '{attribute['apiName']}' already exists")
            known.add(attribute["apiName"])
            draft["attributes"].append(attribute)
        if len(draft["attributes"]) > ATTRIBUTES_MAX:
            raise MarketoError("1028", f"An activity type has at most {ATTRIBUTES_MAX} attributes")

    return _edit_draft(instance, request, edit)


def update_attributes(instance: Instance, request: Request) -> Answer:
    wanted = _attributes_of(request)

    def edit(custom: CustomType, draft: Definition) -> None:
        for change in wanted:
            attribute = _attribute_named(draft, change.get("apiName"))
            attribute |= _attribute(attribute | change)

    return _edit_draft(instance, request, edit)


def delete_attributes(instance: Instance, request: Request) -> Answer:
    wanted = _attributes_of(request)

    def edit(custom: CustomType, draft: Definition) -> None:
        for named in wanted:
            draft["attributes"].remove(_attribute_named(draft, named.get("apiName")))

    return _edit_draft(instance, request, edit)


def approve_type(instance: Instance, request: Request) -> Answer:
    """The draft becomes the live version; a new type gets its id now."""
    with instance.store.writing() as connection:
        custom = _find(connection, request)
        if custom.draft is None:
            raise MarketoError("1003", "There is no draft to approve")
        highest = connection.execute("SELECT max(id) FROM custom_type").fetchone()[0]
        connection.execute(
            "UPDATE custom_type SET id = ?, approved = draft, draft = NULL, updatedAt = ?"
            " WHERE apiName = ?",
            (
                custom.id or (highest + 1 if highest else FIRST_CUSTOM_ID),
                instance.clock.stamp(),
                custom.api_name,
            ),
        )
        return answer([_listed(_find(connection, request))])


def discard_draft(instance: Instance, request: Request) -> Answer:
    with instance.store.writing() as connection:
        custom = _find(connection, request)
        if custom.draft is None or custom.approved is None:
            raise MarketoError("1003", "There is no draft of an approved type to discard")
        connection.execute(
            "UPDATE custom_type SET draft = NULL WHERE apiName = ?", (custom.api_name,)
        )
        return answer([_listed(_find(connection, request))])


def delete_type(instance: Instance, request: Request) -> Answer:
    with instance.store.writing() as connection:
        custom = _find(connection, request)
        connection.execute("DELETE FROM custom_type WHERE apiName = ?", (custom.api_name,))
    return answer([{**_listed(custom), "status": "deleted"}])


def approved_types(connection: sqlite3.Connection) -> list[CustomType]:
    return [custom for custom in _all(connection) if custom.approved]


def _edit_draft(
    instance: Instance, request: Request, edit: Callable[[CustomType, Definition], None]
) -> Answer:
    """Change the draft, which starts as a copy of the approved version."""
    with instance.store.writing() as connection:
        custom = _find(connection, request)
        draft = json.loads(json.dumps(custom.draft or custom.approved))
        edit(custom, draft)
        connection.execute(
            "UPDATE custom_type SET draft = ?, updatedAt = ? WHERE apiName = ?",
            (json.dumps(draft), instance.clock.stamp(), custom.api_name),
        )
        return answer([_described(_find(connection, request), draft)])


def _all(connection: sqlite3.Connection) -> Iterator[CustomType]:
    for row in connection.execute("SELECT * FROM custom_type ORDER BY rowid"):
        yield CustomType(
            row["apiName"],
            row["id"],
            json.loads(row["approved"]) if row["approved"] else None,
            json.loads(row["draft"]) if row["draft"] else None,
            row["createdAt"],
            row["updatedAt"],
        )


def _find(connection: sqlite3.Connection, request: Request) -> CustomType:
    return _find_named(connection, request.path_values["apiName"])


def _find_named(connection: sqlite3.Connection, api_name: str) -> CustomType:
    for custom in _all(connection):
        if custom.api_name.lower() == api_name.lower():
            return custom
    raise MarketoError("1013", f"Activity type '{api_name}' not found")


def _listed(custom: CustomType) -> dict[str, Any]:
    shown = {name: custom.definition[name] for name in (*_FROZEN, "description")}
    listed = {
        **shown,
        "status": custom.status,
        "createdAt": custom.created_at,
        "updatedAt": custom.updated_at,
    }
    # A type that was never approved has no id yet.
    return {"id": custom.id, **listed} if custom.id else listed


def _described(custom: CustomType, definition: Definition) -> dict[str, Any]:
    return {**_listed(custom), **definition}


def _attributes_of(request: Request) -> list[dict[str, Any]]:
    attributes = request.json_object().get("attributes")
    if not isinstance(attributes, list) or not attributes:
        raise MarketoError("1002", "Missing value for required parameter 'attributes'")
    return attributes


def _attribute(content: dict[str, Any], *, is_primary: bool = False) -> dict[str, Any]:
    for name in ("apiName", "name"):
        if not content.get(name):
            raise MarketoError("1002", f"Missing value for required parameter '{name}'")
    data_type = content.get("dataType", "string")
    if data_type not in DATA_TYPES:
        raise MarketoError("1003", f"Invalid data type '{data_type}'")
    return {
        "apiName": _api_name(content["apiName"]),
        "name": _display_name(content["name"]),
        "description": content.get("description", ""),
        "dataType": data_type,
        "isPrimary": is_primary,
    }


def _attribute_named(draft: Definition, api_name: str | None) -> dict[str, Any]:
    for attribute in draft["attributes"]:
        if attribute["apiName"] == api_name:
            found: dict[str, Any] = attribute
            return found
    raise MarketoError("1013", f"Attribute '{api_name}' not found")


def _api_name(text: str) -> str:
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9_]{1,255}", text):
        raise MarketoError("1003", f"Invalid apiName '{text}'")
    return text


def _display_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_ ]{1,255}", text):
        raise MarketoError("1003", f"Invalid name '{text}'")
    return text


def _refuse_clash(definition: Definition, existing: list[CustomType]) -> None:
    """No two types share a name, a trigger or a filter; nor with a native type."""
    for custom in existing:
        if custom.api_name.lower() == definition["apiName"].lower():
            raise MarketoError("1005", f"Activity type '{custom.api_name}' already exists")
    for name in _NAMES:
        taken = {custom.definition[name] for custom in existing} | _NATIVE_NAMES
        if definition[name] in taken:
            raise MarketoError("1003", f"The {name} '{definition[name]}' is taken")
