"""Custom activities: the types an instance is given, and what is added to its log.

Doc: activities.md, "Custom Activity Types" and "Add Custom Activities".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from syncing.errors import Ambiguous, Permanent, SyncError, Transient
from syncing.marketo.envelope import Envelope
from syncing.marketo.faults import Verdict, rule_for
from syncing.marketo.reading import all_records
from syncing.marketo.transport import Endpoint, Transport

MOST_RECORDS = 300
# Marketo takes 1 MB; the rest is for what stands around the records.
MOST_BYTES = 1_000_000
# So long a call may take, connecting included: Marketo's own limit is 90 seconds.
LONGEST_CALL = 105.0

_EXTERNAL = "/rest/v1/activities/external"
_TYPES = Endpoint("GET", f"{_EXTERNAL}/types.json", may_omit_result=True)
_CREATE_TYPE = Endpoint("POST", f"{_EXTERNAL}/type.json", writes=True)
_ADD = Endpoint("POST", f"{_EXTERNAL}.json", 95, writes=True)


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    api_name: str
    name: str
    data_type: str

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            api_name=row["apiName"],
            name=row.get("name") or "",
            data_type=str(row.get("dataType") or "string").lower(),
        )

    def as_json(self) -> dict[str, str]:
        return {"apiName": self.api_name, "name": self.name, "dataType": self.data_type}


@dataclass(frozen=True, slots=True)
class CustomActivityType:
    """A type as an instance has it; `id` is None until its first approval.

    A list of types tells no attributes, so there `primary` is None; `describe` tells them.
    """

    id: int | None
    api_name: str
    name: str
    trigger_name: str
    filter_name: str
    status: str
    primary: CustomAttribute | None
    attributes: tuple[CustomAttribute, ...]

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        primary = row.get("primaryAttribute")
        return cls(
            id=int(row["id"]) if row.get("id") else None,
            api_name=row["apiName"],
            name=row.get("name") or "",
            trigger_name=row.get("triggerName") or "",
            filter_name=row.get("filterName") or "",
            status=str(row.get("status") or "").lower(),
            primary=CustomAttribute.from_json(primary) if primary else None,
            attributes=tuple(map(CustomAttribute.from_json, row.get("attributes") or ())),
        )

    @property
    def has_draft(self) -> bool:
        return "draft" in self.status

    @property
    def is_approved(self) -> bool:
        return self.status.startswith("approved")


class CustomActivities:
    """The part of the client that the types and the records of custom activities go through."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def types(self) -> list[CustomActivityType]:
        """All types there are, drafts among them; those deleted are left out."""
        answer = self._transport.call(_TYPES)
        types = all_records(CustomActivityType.from_json, answer.rows, answer)
        return [known for known in types if known.status != "deleted"]

    def describe(self, api_name: str, *, draft: bool) -> CustomActivityType:
        """A type with its attributes: the draft, or the version in use."""
        params = {"draft": "true"} if draft else {}
        answer = self._transport.call(Endpoint("GET", _named(api_name, "describe")), params)
        return _only(answer)

    def create(
        self,
        *,
        api_name: str,
        name: str,
        trigger_name: str,
        filter_name: str,
        description: str,
        primary: CustomAttribute,
    ) -> None:
        """Draft a type. Raises Permanent("1027") when the instance has all it may have."""
        body = {
            "apiName": api_name,
            "name": name,
            "triggerName": trigger_name,
            "filterName": filter_name,
            "description": description,
            "primaryAttribute": primary.as_json(),
        }
        self._transport.call(_CREATE_TYPE, body=body)

    def add_attributes(self, api_name: str, attributes: Sequence[CustomAttribute]) -> None:
        """Add attributes to the draft. Raises Permanent("1028") above 20."""
        body = {"attributes": [attribute.as_json() for attribute in attributes]}
        endpoint = Endpoint("POST", _named(api_name, "attributes/create"), writes=True)
        self._transport.call(endpoint, body=body)

    def approve(self, api_name: str) -> None:
        """Put the draft to use."""
        self._transport.call(Endpoint("POST", _named(api_name, "approve"), writes=True))

    def add(
        self, records: Sequence[Mapping[str, Any]], *, begin_within: float
    ) -> list[str | SyncError]:
        """Add records to the log, in one call that is never repeated; what became of each.

        That is its marketoGUID, or the error that this record alone had. Nothing is sent after
        `begin_within` seconds. Raises Ambiguous when all, some or none may have been added, and
        any other error when none was.
        """
        if len(records) > MOST_RECORDS:
            raise ValueError(f"Marketo takes {MOST_RECORDS} records at a time.")
        body = {"input": list(records)}
        answer = self._transport.call_once(_ADD, body, begin_within=begin_within)
        if len(answer.rows) != len(records):
            raise Ambiguous(
                f"Marketo answered for {len(answer.rows)} of {len(records)} records.",
                request_id=answer.request_id,
            )
        return [_result(row, answer.request_id) for row in answer.rows]


def fitting(records: Sequence[Mapping[str, Any]]) -> Iterator[slice]:
    """Where to cut records so that each part goes into one call."""
    first, size = 0, 0
    for place, record in enumerate(records):
        # In the spelling in which it is sent.
        weight = len(json.dumps(record)) + 2
        if place > first and (place - first == MOST_RECORDS or size + weight > MOST_BYTES):
            yield slice(first, place)
            first, size = place, 0
        size += weight
    if first < len(records):
        yield slice(first, len(records))


def _named(api_name: str, action: str) -> str:
    return f"{_EXTERNAL}/type/{api_name}/{action}.json"


def _only(answer: Envelope) -> CustomActivityType:
    if not answer.rows:
        raise Transient("Marketo says nothing about the type.", request_id=answer.request_id)
    return all_records(CustomActivityType.from_json, answer.rows[:1], answer)[0]


def _result(row: Any, request_id: str) -> str | SyncError:
    """What became of a record; activities tell it in `errors`, everything else in `reasons`."""
    match row:
        case {"status": "added", "marketoGUID": guid} | {"status": "added", "id": guid}:
            return str(guid)
        case {"errors": [{"code": code, **rest}, *_]} | {"reasons": [{"code": code, **rest}, *_]}:
            return _record_error(str(code), str(rest.get("message", "")), request_id)
    return Ambiguous("Marketo did not say what became of it.", request_id=request_id)


def _record_error(code: str, message: str, request_id: str) -> SyncError:
    rule = rule_for(code, message)
    words = rule.words or message or f"Marketo: {code}"
    kinds = {Verdict.REFUSED: Transient, Verdict.UNCERTAIN: Ambiguous}
    return kinds.get(rule.verdict, Permanent)(words, code=code, request_id=request_id)
