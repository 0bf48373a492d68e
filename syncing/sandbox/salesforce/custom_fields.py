"""Custom fields, made by the Tooling API, and the leave to use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from syncing.sandbox.salesforce.errors import Result, SalesforceError
from syncing.sandbox.salesforce.fields import Choice, Field
from syncing.sandbox.salesforce.ids import new_id
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.request import ApiRequest

# Metadata type, the type that describe shows, and its length unless the metadata say one.
_TYPES = {
    "Text": ("string", 255),
    "TextArea": ("textarea", 255),
    "LongTextArea": ("textarea", 32_768),
    "Checkbox": ("boolean", 0),
    "Number": ("double", 0),
    "Date": ("date", 0),
    "DateTime": ("datetime", 0),
    "Url": ("url", 255),
    "Email": ("email", 80),
    "Phone": ("phone", 40),
    "Picklist": ("picklist", 255),
}
# What the metadata of a type must say besides its label.
_NEEDED = {
    "Text": ("length",),
    "LongTextArea": ("length", "visibleLines"),
    "Checkbox": ("defaultValue",),
    "Number": ("precision", "scale"),
}
_NAME = re.compile(r"(?P<object>\w+)\.(?P<name>[A-Za-z]\w{0,39}__c)\Z")
# Tasks have those of activities.
_OBJECTS = {"Activity": "Task", "Lead": "Lead", "Contact": "Contact"}
_KEY_PREFIX = "00N"
_GRANT_PREFIX = "01k"


def create(org: Org, request: ApiRequest) -> Result:
    """POST tooling/sobjects/CustomField"""
    content = request.json_object()
    field = field_from_metadata(content.get("FullName"), content.get("Metadata"))
    _check_complete(content["Metadata"])
    if field.name.lower() in org.human_schema.object(field.object_name).by_name:
        message = f"There is already a field named {content['FullName']}."
        raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", message, ["FullName"])
    org.add_field(field, is_visible=org.settings.grants_new_fields)
    field_id = new_id(_KEY_PREFIX, len(org.shape.custom_fields))
    answer = {"id": field_id, "success": True, "errors": [], "warnings": [], "infos": []}
    return Result(201, answer)


def grant(org: Org, request: ApiRequest) -> Result:
    """POST sobjects/FieldPermissions: whose permission set it is does not matter here."""
    content = request.json_object()
    object_name, _, field_name = str(content.get("Field")).partition(".")
    if object_name != content.get("SobjectType"):
        message = f"Field does not belong to {content.get('SobjectType')}"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["Field"])
    view = org.human_schema.object(object_name)
    field = view.by_name.get(field_name.lower())
    if field is None:
        message = f"Field Name: bad value for restricted picklist field: {content.get('Field')}"
        raise SalesforceError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["Field"])
    org.set_access(
        f"{view.name}.{field.name}",
        can_read=content.get("PermissionsRead") is True,
        can_edit=content.get("PermissionsEdit") is True,
    )
    grant_id = new_id(_GRANT_PREFIX, view.fields.index(field))
    return Result(201, {"id": grant_id, "success": True, "errors": []})


def field_from_metadata(full_name: Any, metadata: Any) -> Field:
    """The field that metadata such as {"type": "Text", "length": 64} describe."""
    found = _NAME.match(full_name) if isinstance(full_name, str) else None
    if found is None or not isinstance(metadata, dict):
        message = "CustomField needs FullName, as in Activity.Name__c, and Metadata"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["FullName"])
    if found["object"] not in _OBJECTS:
        message = f"Entity {found['object']} cannot have custom fields: use Activity"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["FullName"])
    kind, length = _TYPES.get(metadata.get("type", ""), ("", 0))
    if not kind:
        message = f"Unknown field type: {metadata.get('type')}"
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["Metadata"])
    value_set = metadata.get("valueSet") or {}
    definition = value_set.get("valueSetDefinition") or {}
    return Field(
        found["name"],
        str(metadata.get("label") or found["name"].removesuffix("__c").replace("_", " ")),
        kind,
        metadata.get("length") or length,
        is_external_id=metadata.get("externalId") is True,
        is_unique=metadata.get("unique") is True,
        is_custom=True,
        is_restricted=value_set.get("restricted") is True,
        choices=tuple(Choice(item["fullName"]) for item in definition.get("value", ())),
        object_name=_OBJECTS[found["object"]],
    )


def _check_complete(metadata: Mapping[str, Any]) -> None:
    missing = [
        name for name in ("label", *_NEEDED.get(metadata["type"], ())) if name not in metadata
    ]
    if missing:
        message = f"{metadata['type']} fields must specify {', '.join(missing)}"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, ["Metadata"])
