"""Add custom activities: each record is added or skipped on its own, and stays for ever."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncing.sandbox.marketo.activity_log import log
from syncing.sandbox.marketo.api_request import PAGE, Request, to_stamp
from syncing.sandbox.marketo.custom_types import CustomType, approved_types
from syncing.sandbox.marketo.envelope import Answer, MarketoError, answer
from syncing.sandbox.marketo.faults import Fault
from syncing.sandbox.marketo.instance import Instance

ATTRIBUTES_BYTES_MAX = 65_536
_REQUIRED = ("leadId", "activityDate", "activityTypeId", "primaryAttributeValue", "attributes")


def add_activities(instance: Instance, request: Request) -> Answer:
    """POST /rest/v1/activities/external.json; results in the order of the input."""
    records = request.json_object().get("input")
    if not isinstance(records, list) or not records:
        raise MarketoError("1002", "Missing value for required parameter 'input'")
    if len(records) > PAGE:
        raise MarketoError("1003", f"The number of input exceeds the limit of {PAGE}")
    with instance.store.writing() as connection:
        types = {custom.id: custom for custom in approved_types(connection)}
        return answer(
            [
                _add(connection, types, record, instance.faults.take_record(request.path))
                for record in records
            ]
        )


def _add(
    connection: sqlite3.Connection,
    types: dict[int | None, CustomType],
    record: Any,
    fault: Fault | None,
) -> dict[str, Any]:
    try:
        custom = _checked(connection, types, record, fault)
        attributes = _named_attributes(custom, record["attributes"])
        seq = log(
            connection,
            record["activityTypeId"],
            record["leadId"],
            to_stamp("activityDate", record["activityDate"]),
            attributes,
            primary=(None, str(record["primaryAttributeValue"])),
        )
    except MarketoError as error:
        reason = {"code": error.code, "message": error.message}
        return {"status": "skipped", "errors": [reason]}
    return {"id": seq, "marketoGUID": str(seq), "status": "added"}


def _checked(
    connection: sqlite3.Connection,
    types: dict[int | None, CustomType],
    record: Any,
    fault: Fault | None,
) -> CustomType:
    """The record's type, when the record itself is in order."""
    if fault:
        raise MarketoError(fault.code, fault.message)
    _check_form(record)
    if record["activityTypeId"] not in types:
        raise MarketoError("1003", f"Invalid activity type '{record['activityTypeId']}'")
    if len(json.dumps(record["attributes"], ensure_ascii=False).encode()) > ATTRIBUTES_BYTES_MAX:
        raise MarketoError("1049", f"attributes exceed {ATTRIBUTES_BYTES_MAX} bytes")
    found = connection.execute("SELECT 1 FROM lead WHERE id = ?", (record["leadId"],)).fetchone()
    if found is None:
        raise MarketoError("1004", "Lead not found")
    return types[record["activityTypeId"]]


def _check_form(record: Any) -> None:
    if not isinstance(record, dict):
        raise MarketoError("1003", "Invalid record")
    for name in _REQUIRED:
        if record.get(name) in (None, ""):
            raise MarketoError("1002", f"Missing value for required parameter '{name}'")
    for name in ("leadId", "activityTypeId"):
        if type(record[name]) is not int:
            raise MarketoError("1001", f"Invalid value for '{name}'. Required of type 'Integer'")
    if not isinstance(record["attributes"], list):
        raise MarketoError("1001", "Invalid value for 'attributes'. Required of type 'Array'")


def _named_attributes(custom: CustomType, given: list[Any]) -> list[dict[str, Any]]:
    """Attributes as the log shows them: by display name, the empty ones left out."""
    known = {}
    for attribute in custom.definition["attributes"]:
        known[attribute["apiName"]] = known[attribute["name"]] = attribute
    named = []
    for item in given:
        key = (item.get("apiName") or item.get("name")) if isinstance(item, dict) else None
        if key not in known:
            raise MarketoError("1003", f"Attribute '{key}' is not of this activity type")
        attribute, value = known[key], item.get("value")
        if value in (None, ""):
            continue
        _check_value(attribute, value)
        named.append({"name": attribute["name"], "value": value})
    return named


def _check_value(attribute: dict[str, Any], value: Any) -> None:
    convert = _CONVERTERS.get(attribute["dataType"])
    if convert is None:
        return
    try:
        convert(str(value))
    except ValueError:
        raise MarketoError(
            "1001",
            f"Invalid value '{value}'. Required of type '{attribute['dataType']}'"
            f" for '{attribute['apiName']}'",
        ) from None


def _to_bool(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "float": float,
    "currency": float,
    "boolean": _to_bool,
    "date": datetime.fromisoformat,
    "datetime": datetime.fromisoformat,
}
