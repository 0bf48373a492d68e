"""The objects of one org: standard and custom fields, picklists, and who may see what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from syncing.sandbox.salesforce.errors import SalesforceError, not_found
from syncing.sandbox.salesforce.fields import Choice, Field
from syncing.sandbox.salesforce.objects import OBJECTS, SObject


@dataclass(frozen=True)
class Shape:
    """What an admin changed in the org. Fields are named as in "Task.CallObject"."""

    custom_fields: tuple[Field, ...] = ()
    picklists: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        return {
            "custom_fields": [asdict(item) for item in self.custom_fields],
            "picklists": {
                name: [asdict(choice) for choice in choices]
                for name, choices in self.picklists.items()
            },
            "hidden": sorted(self.hidden),
            "read_only": sorted(self.read_only),
        }


def shape_from_json(content: Mapping[str, Any]) -> Shape:
    return Shape(
        custom_fields=tuple(_field(item) for item in content["custom_fields"]),
        picklists={
            name: tuple(Choice(**choice) for choice in choices)
            for name, choices in content["picklists"].items()
        },
        hidden=frozenset(content["hidden"]),
        read_only=frozenset(content["read_only"]),
    )


def _field(content: Mapping[str, Any]) -> Field:
    choices = tuple(Choice(**choice) for choice in content["choices"])
    return Field(**{**content, "choices": choices, "refers_to": tuple(content["refers_to"])})


@dataclass(frozen=True)
class ObjectView:
    """An object with the fields that a caller can see."""

    sobject: SObject
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        return self.sobject.name

    @property
    def prefix(self) -> str:
        return self.sobject.prefix

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """By lower-case name, for the API does not tell upper from lower case."""
        return {item.name.lower(): item for item in self.fields}

    @cached_property
    def by_relationship(self) -> dict[str, Field]:
        return {item.relationship.lower(): item for item in self.fields if item.relationship}


class Schema:
    """All objects as API users see them, or as humans with every right do."""

    def __init__(self, shape: Shape, *, for_humans: bool) -> None:
        self._objects = {
            sobject.name.lower(): _view(sobject, shape, for_humans=for_humans)
            for sobject in OBJECTS
        }

    def object(self, name: str) -> ObjectView:
        """Raises NOT_FOUND."""
        found = self._objects.get(name.lower())
        if found is None:
            raise not_found()
        return found

    def query_object(self, name: str) -> ObjectView:
        """As SOQL looks for it; raises INVALID_TYPE."""
        found = self._objects.get(name.lower())
        if found is None:
            message = f"sObject type '{name}' is not supported."
            raise SalesforceError(400, "INVALID_TYPE", message)
        return found

    def all(self) -> list[ObjectView]:
        return list(self._objects.values())


def _view(sobject: SObject, shape: Shape, *, for_humans: bool) -> ObjectView:
    fields = sobject.fields
    fields += tuple(item for item in shape.custom_fields if item.object_name == sobject.name)
    seen = []
    for item in fields:
        name = f"{sobject.name}.{item.name}"
        if name in shape.hidden and not for_humans:
            continue
        changed = item
        if name in shape.picklists:
            changed = replace(changed, choices=shape.picklists[name])
        if name in shape.read_only and not for_humans:
            changed = replace(changed, is_createable=False, is_updateable=False)
        seen.append(changed)
    return ObjectView(sobject, tuple(seen))
