"""Reading leads and contacts: who is opted out, what changed, and whose records they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from syncing.salesforce import (
    Record,
    SalesforceClient,
    as_stamp,
    format_soql,
    is_id,
    moment,
    to_18,
)
from syncing.unsubscribe_sync.fields import ObjectFields

OBJECT_OF_PREFIX = {"00Q": "Lead", "003": "Contact"}
# Salesforce takes addresses of 16 KB, which hold the query.
MOST_CHARACTERS = 12_000
LONGEST_EMAIL = 80
# A lead converted to a contact that was merged with another, and that one again.
HOPS = 3


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """A lead or contact as it was when it was read."""

    record_id: str
    object_name: str
    # Lower case.
    email: str
    flags: Mapping[str, bool]
    changed_at: datetime
    # It is no more: converted to a contact, or merged with another.
    moved_to: str = ""
    is_gone: bool = False

    @property
    def is_opted_out(self) -> bool:
        return any(self.flags.values())


def opted_out(
    client: SalesforceClient, fields: ObjectFields, *, after: str = ""
) -> Iterator[RemoteRecord]:
    """All who are opted out now, by their ids; those after this one, if it is given."""
    condition = " OR ".join(f"{name} = true" for name in fields.seen)
    if after:
        condition = format_soql(f"({condition}) AND Id > {{}}", after)
    return _living(_read(client, fields, f"{condition} ORDER BY Id"))


def changed(
    client: SalesforceClient, fields: ObjectFields, *, since: datetime
) -> Iterator[RemoteRecord]:
    """Whatever changed from then on, oldest first."""
    condition = f"SystemModstamp >= {as_stamp(since)} ORDER BY SystemModstamp, Id"
    return _living(_read(client, fields, condition))


def _living(records: Iterable[RemoteRecord]) -> Iterator[RemoteRecord]:
    """A converted lead cannot be edited any more: what counts is its contact, which can."""
    return (record for record in records if not record.is_gone)


@dataclass(frozen=True, slots=True)
class Found:
    """A record that can be written, and the ids and addresses that lead to it: its own, and those
    of what was converted to it or merged with it.
    """

    record: RemoteRecord
    keys: frozenset[str]


def find(
    client: SalesforceClient,
    fields: Mapping[str, ObjectFields],
    *,
    ids: Iterable[str],
    emails: Iterable[str],
) -> list[Found]:
    """Records with these ids or addresses, or what has become of them."""
    records: dict[str, RemoteRecord] = {}
    addresses = [email for email in emails if email and len(email) <= LONGEST_EMAIL]
    for object_fields in fields.values():
        if object_fields.is_readable:
            _collect(records, client, object_fields, "Email", addresses)
    wanted = {to_18(one) for one in ids if is_id(one)}
    for _hop in range(HOPS):
        wanted |= {record.moved_to for record in records.values() if record.moved_to}
        missing = wanted - records.keys()
        if not missing:
            break
        for prefix, name in OBJECT_OF_PREFIX.items():
            if fields[name].is_readable:
                of_this = [one for one in missing if one.startswith(prefix)]
                _collect(records, client, fields[name], "Id", of_this)
    return _with_keys(records)


def _with_keys(records: Mapping[str, RemoteRecord]) -> list[Found]:
    keys: dict[str, set[str]] = defaultdict(set)
    for record in records.values():
        heir = record
        for _hop in range(HOPS):
            heir = records.get(heir.moved_to, heir)
        keys[heir.record_id] |= {record.record_id, record.email} - {""}
    return [
        Found(record, frozenset(keys[record.record_id]))
        for record in records.values()
        if not record.is_gone
    ]


def _collect(
    found: dict[str, RemoteRecord],
    client: SalesforceClient,
    fields: ObjectFields,
    column: str,
    values: Iterable[str],
) -> None:
    """Among them those in the recycle bin, which tell who took their place."""
    for pack in packs(values):
        condition = format_soql(f"{column} IN {{}}", pack)
        for record in _read(client, fields, condition, with_deleted=True):
            found[record.record_id] = record


def packs(values: Iterable[str]) -> Iterator[list[str]]:
    """As many at a time as an address can hold."""
    pack: list[str] = []
    size = 0
    for value in sorted(values):
        length = len(quote_plus(f"'{value}',"))
        if size + length > MOST_CHARACTERS:
            yield pack
            pack, size = [], 0
        pack.append(value)
        size += length
    if pack:
        yield pack


def _read(
    client: SalesforceClient, fields: ObjectFields, condition: str, *, with_deleted: bool = False
) -> Iterator[RemoteRecord]:
    columns = ["Id", "Email", "SystemModstamp", "IsDeleted", "MasterRecordId", *fields.seen]
    if fields.object_name == "Lead":
        columns += ["IsConverted", "ConvertedContactId"]
    soql = f"SELECT {', '.join(columns)} FROM {fields.object_name} WHERE {condition}"  # noqa: S608
    for row in client.query(soql, with_deleted=with_deleted):
        yield _record(row, fields)


def _record(row: Record, fields: ObjectFields) -> RemoteRecord:
    is_converted = bool(row.get("IsConverted"))
    moved_to = _moved_to(row, is_converted=is_converted)
    return RemoteRecord(
        record_id=to_18(row["Id"]),
        object_name=fields.object_name,
        email=(row["Email"] or "").strip().lower(),
        flags={name: bool(row[name]) for name in fields.seen},
        changed_at=moment(row["SystemModstamp"]),
        moved_to=to_18(moved_to),
        is_gone=is_converted or bool(row["IsDeleted"]),
    )


def _moved_to(row: Mapping[str, Any], *, is_converted: bool) -> str:
    if is_converted and row.get("ConvertedContactId"):
        return str(row["ConvertedContactId"])
    return str(row["MasterRecordId"]) if row["IsDeleted"] and row["MasterRecordId"] else ""
