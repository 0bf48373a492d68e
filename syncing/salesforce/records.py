"""What the client hands out: frozen records, made from Salesforce's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from syncing.salesforce.faults import Rule, rule_for

Record = Mapping[str, Any]

_USAGE = re.compile(r"api-usage=(?P<used>\d+)/(?P<most>\d+)")


def moment(text: str) -> datetime:
    """A point in time as the API writes it: 2026-11-22T05:31:07.000+0000, or with a Z."""
    return datetime.fromisoformat(text)


def as_stamp(when: datetime) -> str:
    """A point in time as SOQL and the replication calls want it; they cut it to seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """The org's calls in the last 24 hours, of all its apps, and how many it may make."""

    used: int
    most: int

    @classmethod
    def from_header(cls, header: str) -> Self | None:
        """From Sforce-Limit-Info, as in "api-usage=18/5000; per-app-api-usage=…"."""
        found = _USAGE.match(header)
        return cls(int(found["used"]), int(found["most"])) if found else None


@dataclass(frozen=True, slots=True)
class ApiSession:
    """An access token, and where it is good."""

    access_token: str
    instance_url: str

    def __repr__(self) -> str:
        return f"ApiSession({self.instance_url})"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why one record was refused."""

    code: str
    message: str
    fields: tuple[str, ...]

    @property
    def rule(self) -> Rule:
        return rule_for(self.code, self.message)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one record of a collection; `record_id` is empty when it was refused."""

    record_id: str
    is_created: bool
    errors: tuple[RowError, ...]

    @property
    def is_ok(self) -> bool:
        return not self.errors

    @classmethod
    def from_json(cls, row: Record) -> Self:
        errors = tuple(
            RowError(
                code=str(error.get("statusCode") or error.get("errorCode") or ""),
                message=str(error.get("message", "")),
                fields=tuple(error.get("fields") or ()),
            )
            for error in row.get("errors") or ()
        )
        if not row["success"] and not errors:
            errors = (RowError("", "", ()),)
        return cls(str(row.get("id") or ""), bool(row.get("created")), errors)


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field as the connected user sees it."""

    name: str
    label: str
    data_type: str
    length: int
    is_createable: bool
    is_updateable: bool
    is_external_id: bool
    is_unique: bool
    values: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Record) -> Self:
        return cls(
            name=row["name"],
            label=row["label"],
            data_type=row["type"],
            length=int(row.get("length") or 0),
            is_createable=bool(row["createable"]),
            is_updateable=bool(row["updateable"]),
            is_external_id=bool(row.get("externalId")),
            is_unique=bool(row.get("unique")),
            values=tuple(
                item["value"] for item in row.get("picklistValues") or () if item.get("active")
            ),
        )


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as the connected user sees it; what field-level security hides is not there."""

    name: str
    is_createable: bool
    is_updateable: bool
    fields: Mapping[str, FieldInfo]

    @classmethod
    def from_json(cls, row: Record) -> Self:
        fields = (FieldInfo.from_json(field) for field in row["fields"])
        return cls(
            name=row["name"],
            is_createable=bool(row["createable"]),
            is_updateable=bool(row["updateable"]),
            fields={field.name: field for field in fields},
        )


@dataclass(frozen=True, slots=True)
class UpdatedIds:
    """Whose records changed; the next look begins where this one ends."""

    ids: tuple[str, ...]
    covered_until: datetime

    @classmethod
    def from_json(cls, body: Record) -> Self:
        return cls(tuple(body["ids"]), moment(body["latestDateCovered"]))


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    record_id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class DeletedIds:
    """What was deleted, as far back as Salesforce knows."""

    records: tuple[DeletedRecord, ...]
    known_since: datetime
    covered_until: datetime

    @classmethod
    def from_json(cls, body: Record) -> Self:
        return cls(
            tuple(
                DeletedRecord(row["id"], moment(row["deletedDate"]))
                for row in body["deletedRecords"]
            ),
            moment(body["earliestDateAvailable"]),
            moment(body["latestDateCovered"]),
        )


@dataclass(frozen=True, slots=True)
class DailyLimit:
    """The org's daily API calls, by its own account."""

    most: int
    remaining: int

    @classmethod
    def from_json(cls, body: Record) -> Self:
        calls = body["DailyApiRequests"]
        return cls(int(calls["Max"]), int(calls["Remaining"]))
