"""Fields of objects, as describe tells of them and as the database keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Field type by describe, how SOAP calls it, and the column behind it.
TYPES = {
    "id": ("tns:ID", "TEXT"),
    "reference": ("tns:ID", "TEXT"),
    "string": ("xsd:string", "TEXT COLLATE NOCASE"),
    "combobox": ("xsd:string", "TEXT COLLATE NOCASE"),
    "picklist": ("xsd:string", "TEXT COLLATE NOCASE"),
    "textarea": ("xsd:string", "TEXT"),
    "email": ("xsd:string", "TEXT COLLATE NOCASE"),
    "phone": ("xsd:string", "TEXT COLLATE NOCASE"),
    "url": ("xsd:string", "TEXT COLLATE NOCASE"),
    "boolean": ("xsd:boolean", "INTEGER NOT NULL DEFAULT 0"),
    "int": ("xsd:int", "INTEGER"),
    "double": ("xsd:double", "REAL"),
    "currency": ("xsd:double", "REAL"),
    "percent": ("xsd:double", "REAL"),
    "date": ("xsd:date", "TEXT"),
    "datetime": ("xsd:dateTime", "TEXT"),
}
TEXT_TYPES = {"string", "combobox", "picklist", "textarea", "email", "phone", "url"}
NUMBER_TYPES = {"int", "double", "currency", "percent"}


@dataclass(frozen=True)
class Choice:
    """One value of a picklist. `is_closed` matters to statuses only."""

    value: str
    is_default: bool = False
    is_closed: bool = False
    label: str = ""


@dataclass(frozen=True)
class Field:
    """One field of an object."""

    name: str
    label: str
    type: str
    length: int = 0
    is_createable: bool = True
    is_updateable: bool = True
    is_required: bool = False
    # Has a value of its own when none is given.
    is_defaulted: bool = False
    is_external_id: bool = False
    is_unique: bool = False
    is_custom: bool = False
    is_restricted: bool = False
    choices: tuple[Choice, ...] = ()
    refers_to: tuple[str, ...] = ()
    relationship: str = ""
    # Whose field a custom one is.
    object_name: str = "Task"

    @property
    def is_filterable(self) -> bool:
        return self.type != "textarea"

    @property
    def column(self) -> str:
        return f'"{self.name}" {TYPES[self.type][1]}'

    def described(self) -> dict[str, Any]:
        """As describe lists it."""
        soap_type, _ = TYPES[self.type]
        is_number = self.type in {"double", "currency", "percent"}
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "soapType": soap_type,
            "length": self.length,
            "byteLength": 3 * self.length,
            "precision": 18 if is_number else 0,
            "scale": 2 if is_number else 0,
            "digits": 9 if self.type == "int" else 0,
            "createable": self.is_createable,
            "updateable": self.is_updateable,
            "nillable": not self.is_required and self.type not in {"boolean", "id"},
            "defaultedOnCreate": self.is_defaulted or self.type == "boolean",
            "externalId": self.is_external_id,
            "unique": self.is_unique,
            "idLookup": self.type == "id" or self.is_external_id,
            "caseSensitive": False,
            "custom": self.is_custom,
            "calculated": False,
            "filterable": self.is_filterable,
            "sortable": self.is_filterable,
            "groupable": self.is_filterable,
            "namePointing": len(self.refers_to) > 1,
            "polymorphicForeignKey": len(self.refers_to) > 1,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship or None,
            "restrictedPicklist": self.is_restricted,
            "picklistValues": [
                {
                    "active": True,
                    "defaultValue": choice.is_default,
                    "label": choice.label or choice.value,
                    "validFor": None,
                    "value": choice.value,
                }
                for choice in self.choices
            ],
        }
