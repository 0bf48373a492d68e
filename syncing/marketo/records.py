"""What the client hands out: frozen records, made from Marketo's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, Self, TypeVar

from syncing.marketo.csv_rows import BadRow

Item = TypeVar("Item")


def moment(text: str) -> datetime:
    """A point in time in any of Marketo's spellings: …Z, …+0000, the asset API's …Z+0000, or bare.

    Without a time zone it is in UTC. Raises ValueError for what is no date.
    """
    found = datetime.fromisoformat(text.replace("Z+0000", "Z"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LeadField:
    """A lead field by its REST name, as describe2 lists it."""

    name: str
    display_name: str
    data_type: str
    length: int | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            name=row["name"],
            display_name=row.get("displayName", row["name"]),
            data_type=row.get("dataType", ""),
            length=_number_or_none(row.get("length")),
        )


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead with the fields that were asked for, as JSON gave them; a field may be missing."""

    id: int
    values: Mapping[str, Any]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(id=int(row["id"]), values=row)


@dataclass(frozen=True, slots=True)
class LeadChange:
    """A sign that a lead changed; `fields` are REST names, none for a new lead (type 12)."""

    marketo_guid: str
    lead_id: int
    happened_at: datetime
    activity_type_id: int
    fields: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            marketo_guid=_guid(row),
            lead_id=int(row["leadId"]),
            happened_at=moment(row["activityDate"]),
            activity_type_id=int(row["activityTypeId"]),
            fields=tuple(field["name"] for field in row.get("fields") or ()),
        )


@dataclass(frozen=True, slots=True)
class Activity:
    """One entry of the activity log; Marketo leaves empty attributes out."""

    marketo_guid: str
    lead_id: int
    happened_at: datetime
    activity_type_id: int
    primary_value: Any
    primary_value_id: int | None
    attributes: Mapping[str, Any]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            marketo_guid=_guid(row),
            lead_id=int(row["leadId"]),
            happened_at=moment(row["activityDate"]),
            activity_type_id=int(row["activityTypeId"]),
            primary_value=row.get("primaryAttributeValue"),
            primary_value_id=_number_or_none(row.get("primaryAttributeValueId")),
            attributes={item["name"]: item.get("value") for item in row.get("attributes") or ()},
        )


@dataclass(frozen=True, slots=True)
class FeedPage(Generic[Item]):
    """A page of a feed, which may be empty with `more` to come; `next_token` is where it ends.

    `bad_rows` are those that cannot be read and are therefore not among the items.
    """

    items: tuple[Item, ...]
    next_token: str
    more: bool
    bad_rows: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class LeadExport:
    """A bulk extract job. `status` is one of those below, whatever Marketo's spelling."""

    CREATED = "Created"
    QUEUED = "Queued"
    PROCESSING = "Processing"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    export_id: str
    status: str
    file_size: int | None
    checksum: str
    record_count: int | None
    error: str
    created_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        status = str(row["status"]).capitalize()
        return cls(
            export_id=str(row["exportId"]),
            status=cls.CANCELLED if status == "Canceled" else status,
            file_size=_number_or_none(row.get("fileSize")),
            checksum=row.get("fileChecksum") or "",
            record_count=_number_or_none(row.get("numberOfRecords")),
            error=row.get("errorMsg") or "",
            created_at=_moment_or_none(row.get("createdAt")),
            finished_at=_moment_or_none(row.get("finishedAt")),
        )


@dataclass(frozen=True, slots=True)
class OpportunityRole:
    """A person's part in an opportunity; `opportunity_id` is the Salesforce id, "" if none yet."""

    marketo_guid: str
    lead_id: int
    opportunity_id: str
    role: str
    is_primary: bool
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            marketo_guid=str(row["marketoGUID"]),
            lead_id=int(row["leadId"]),
            opportunity_id=str(row.get("externalOpportunityId") or ""),
            role=row.get("role") or "",
            is_primary=bool(row.get("isPrimary")),
            created_at=_moment_or_none(row.get("createdAt")),
            updated_at=_moment_or_none(row.get("updatedAt")),
        )


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """API calls of one day, in all and by API user, other integrations' among them."""

    day: date
    total: int
    users: Mapping[str, int]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            day=date.fromisoformat(row["date"][:10]),
            total=int(row["total"]),
            users={user["userId"]: int(user["count"]) for user in row.get("users") or ()},
        )


@dataclass(frozen=True, slots=True)
class ActivityType:
    """A kind of activity; some have no primary attribute."""

    id: int
    name: str
    description: str
    primary_attribute: str
    attributes: tuple[str, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            id=int(row["id"]),
            name=row["name"],
            description=row.get("description") or "",
            primary_attribute=(row.get("primaryAttribute") or {}).get("name", ""),
            attributes=tuple(item["name"] for item in row.get("attributes") or ()),
        )


def _guid(row: Mapping[str, Any]) -> str:
    """`id` may be missing or not unique since 2017; the GUID is the key."""
    return str(row["marketoGUID"])


def _moment_or_none(text: str | None) -> datetime | None:
    return moment(text) if text else None


def _number_or_none(value: Any) -> int | None:
    """A whole number, which may be written as text."""
    return None if value in {None, ""} else int(value)
