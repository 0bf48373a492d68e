"""The three-way merge of a reminder and its task: what each side is to take from the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self


class Side(StrEnum):
    HERE = "HERE"
    SALESFORCE = "SALESFORCE"


@dataclass(frozen=True, slots=True)
class Values:
    """What a reminder and a task have in common, in terms that both can be put into."""

    subject: str
    notes: str
    priority: str
    due_on: date
    is_done: bool

    def as_json(self) -> dict[str, Any]:
        return {**self.by_field(), "due_on": self.due_on.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "due_on": date.fromisoformat(stored["due_on"])})

    def by_field(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}

    def changed(self, changes: Mapping[str, Any]) -> Values:
        return replace(self, **changes)


FIELDS = ("subject", "notes", "priority", "due_on", "is_done")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed a field, each in its way."""

    field: str
    winner: Side
    lost: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` is how both sides are to be; the others say what that changes on each."""

    values: Values
    here: Mapping[str, Any]
    there: Mapping[str, Any]
    conflicts: tuple[Conflict, ...]


def merge(shadow: Values | None, here: Values, there: Values, *, is_later_here: bool) -> Merged:
    """Merge field by field against the shadow, which is what both sides had last.

    What one side changed the other takes. What both changed alike is agreed. Where they differ the
    later edit wins, for which `is_later_here` says whose that is; but done on either side is done.
    Without a shadow, which is so when the link was lost before it was stored, whatever differs
    was changed on both sides.
    """
    values, conflicts = {}, []
    for name in FIELDS:
        value, conflict = _merge_field(name, shadow, here, there, is_later_here=is_later_here)
        values[name] = value
        if conflict:
            conflicts.append(conflict)
    merged = Values(**values)
    return Merged(
        merged,
        here=differences(here, merged),
        there=differences(there, merged),
        conflicts=tuple(conflicts),
    )


def differences(before: Values, after: Values) -> dict[str, Any]:
    """The fields that differ, with their values after."""
    return {
        name: value for name, value in after.by_field().items() if getattr(before, name) != value
    }


def _merge_field(
    name: str, shadow: Values | None, here: Values, there: Values, *, is_later_here: bool
) -> tuple[Any, Conflict | None]:
    ours, theirs = getattr(here, name), getattr(there, name)
    if ours == theirs:
        return ours, None
    if shadow and theirs == getattr(shadow, name):
        return ours, None
    if shadow and ours == getattr(shadow, name):
        return theirs, None
    if name == "is_done":
        return True, None
    if is_later_here:
        return ours, Conflict(name, Side.HERE, theirs)
    return theirs, Conflict(name, Side.SALESFORCE, ours)
