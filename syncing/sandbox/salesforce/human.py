"""What a human does in Salesforce, with every right, and what Marketo hears of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from syncing.sandbox.marketo import changes
from syncing.sandbox.salesforce import records
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.faults import Faults
from syncing.sandbox.salesforce.ids import new_id, to18
from syncing.sandbox.salesforce.objects import OBJECT_OF_PREFIX
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.removal import move_tasks, restore, soft_delete
from syncing.sandbox.salesforce.schema import ObjectView
from syncing.sandbox.salesforce.seed import insert
from syncing.sandbox.salesforce.users import ADMIN

# What Marketo hears of a person who is edited here.
_TOLD = {
    "FirstName": "firstName",
    "LastName": "lastName",
    "Email": "email",
    "Phone": "phone",
    "Title": "title",
    "LeadSource": "leadSource",
    "OwnerId": "sfdcLeadOwnerId",
}


def create(org: Org, object_name: str, values: Mapping[str, Any], *, user: str = "") -> str:
    """The new record's id."""
    with _writing(org, user) as call:
        return records.create(call, call.schema.object(object_name), values)


def update(org: Org, record_id: str, values: Mapping[str, Any], *, user: str = "") -> None:
    with _writing(org, user) as call:
        records.update(call, _view(call, record_id), record_id, values)
    known = _marketo_ids(org, [to18(record_id)])
    told = {_TOLD[name]: value for name, value in values.items() if name in _TOLD}
    if known and told:
        changes.change_lead(org.marketo, known[to18(record_id)], told)


def delete(org: Org, record_id: str) -> None:
    """Into the recycle bin. Who Marketo knows stays there, without this record."""
    record_id = to18(record_id)
    known = _marketo_ids(org, [record_id])
    if known:
        changes.delete_from_salesforce(org.marketo, known[record_id])
        return
    with _writing(org) as call:
        records.delete(call, _view(call, record_id), record_id)


def undelete(org: Org, record_id: str) -> None:
    with _writing(org) as call:
        view = _view(call, record_id)
        record = records.find(call, view, record_id)
        if record is None or not record["IsDeleted"]:
            raise SalesforceError(400, "UNDELETE_FAILED", "Entity is not in the recycle bin")
        stamp = call.stamp if org.settings.undelete_modifies else record["SystemModstamp"]
        try:
            restore(call.connection, view.name, record["Id"], stamp=stamp)
        except sqlite3.IntegrityError as error:
            message = f"Another record has its key by now: {error}"
            raise SalesforceError(400, "DUPLICATE_VALUE", message) from None


def empty_recycle_bin(org: Org) -> int:
    """For ever; the number of records that are gone."""
    count = 0
    with org.store.writing() as connection:
        for name in OBJECT_OF_PREFIX.values():
            connection.execute(
                f"INSERT INTO purged SELECT '{name}', Id, _deletedAt FROM \"{name}\""
                " WHERE IsDeleted"
            )
            count += connection.execute(f'DELETE FROM "{name}" WHERE IsDeleted').rowcount
    return count


def convert(org: Org, lead_id: str) -> str:
    """Turn a lead into a contact of an account; the contact's id."""
    lead_id = to18(lead_id)
    with _writing(org) as call:
        lead = records.live_record(call, call.schema.object("Lead"), lead_id)
    if lead["IsConverted"]:
        raise SalesforceError(400, "INVALID_STATUS", "lead already converted")
    known = _marketo_ids(org, [lead_id])
    if known:
        changes.convert_lead(org.marketo, known[lead_id])
    else:
        _convert_unknown(org, lead)
    with org.store.reading() as connection:
        row = connection.execute(
            "SELECT ConvertedContactId FROM Lead WHERE Id = ?", (lead_id,)
        ).fetchone()
    return str(row["ConvertedContactId"])


def merge(org: Org, winner: str, losers: Sequence[str]) -> None:
    """Merge leads, or contacts, into one of them, which takes what it lacks."""
    winner, losing = to18(winner), [to18(loser) for loser in losers if to18(loser) != to18(winner)]
    if {record_id[:3] for record_id in losing} != {winner[:3]}:
        raise ValueError("Records of one object can be merged.")
    known = _marketo_ids(org, [winner, *losing])
    if len(known) == len(losing) + 1:
        ids = [known[loser] for loser in losing]
        changes.merge_leads(org.marketo, known[winner], ids, in_salesforce=True)
        return
    with _writing(org) as call:
        view = _view(call, winner)
        for loser in losing:
            kept = records.live_record(call, view, winner)
            given = records.live_record(call, view, loser)
            names = [field.name for field in view.sobject.own_fields if field.is_updateable]
            gaps = {name: given[name] for name in names if kept[name] is None}
            _set(call, view, winner, gaps)
            soft_delete(call.connection, view.name, loser, stamp=call.stamp, master=winner)


def create_user(org: Org, values: Mapping[str, Any]) -> str:
    """A colleague more, by FirstName, LastName and Email; the new user's id."""
    name = f"{values['FirstName']} {values['LastName']}"
    with _writing(org) as call:
        number = call.connection.execute("SELECT count(*) FROM User").fetchone()[0]
        user_id = new_id("005", number)
        user = {
            "Id": user_id,
            "Name": name,
            "Username": values["Email"],
            "Alias": values["FirstName"][:8].lower(),
            "IsActive": 1,
            "TimeZoneSidKey": ADMIN.time_zone,
            "LocaleSidKey": "en_US",
            "UserType": "Standard",
        }
        insert(call.connection, "User", {**user, **values}, stamp=call.stamp)
    return user_id


def change_user(org: Org, user_id: str, values: Mapping[str, Any]) -> None:
    """Set fields of a user, such as Email or IsActive; who is inactive is signed out."""
    with _writing(org) as call:
        view = call.schema.object("User")
        records.live_record(call, view, user_id)
        fields = {name: view.by_name[name.lower()] for name in values}
        _set(call, view, user_id, {fields[name].name: value for name, value in values.items()})
    if values.get("IsActive") is False:
        org.sessions.expire_all(user_id)


def _convert_unknown(org: Org, lead: Mapping[str, Any]) -> None:
    """Convert a lead that Marketo knows nothing of."""
    with _writing(org) as call:
        account = call.connection.execute(
            "SELECT Id FROM Account WHERE Name = ? AND NOT IsDeleted", (lead["Company"],)
        ).fetchone()
        accounts, contacts = call.schema.object("Account"), call.schema.object("Contact")
        account_id = (
            account["Id"] if account else records.create(call, accounts, {"Name": lead["Company"]})
        )
        own_fields = contacts.sobject.own_fields
        shared = {
            field.name: lead[field.name]
            for field in own_fields
            if field.is_createable and field.name in lead
        }
        flags = {field.name for field in own_fields if field.type == "boolean"}
        values = {name: bool(it) if name in flags else it for name, it in shared.items()}
        contact_id = records.create(call, contacts, {**values, "AccountId": account_id})
        converted = {
            "IsConverted": 1,
            "Status": "Closed - Converted",
            "ConvertedDate": call.stamp[:10],
            "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id,
        }
        _set(call, call.schema.object("Lead"), lead["Id"], converted)
        move_tasks(call.connection, lead["Id"], contact_id, stamp=call.stamp)


@contextmanager
def _writing(org: Org, user: str = "") -> Iterator[Call]:
    """A human's change: no faults, no limits, no field-level security."""
    with org.transaction() as stamp, org.store.writing() as connection:
        yield Call(
            connection=connection,
            schema=org.human_schema,
            faults=Faults(),
            settings=org.settings,
            cursors=org.cursors,
            user_id=user or ADMIN.id,
            stamp=stamp,
        )


def _view(call: Call, record_id: str) -> ObjectView:
    name = OBJECT_OF_PREFIX.get(record_id[:3])
    if name is None:
        raise LookupError(f"There is no record {record_id!r}.")
    return call.schema.object(name)


def _set(call: Call, view: ObjectView, record_id: str, values: Mapping[str, Any]) -> None:
    """Write fields that only the org itself writes, too."""
    changed = {**values, "SystemModstamp": call.stamp, "LastModifiedDate": call.stamp}
    assignments = ", ".join(f'"{name}" = ?' for name in changed)
    call.connection.execute(
        f'UPDATE "{view.name}" SET {assignments} WHERE Id = ?', (*changed.values(), record_id)
    )


def _marketo_ids(org: Org, ids: Sequence[str]) -> dict[str, int]:
    """Who of Marketo's people these records are, as far as it knows them."""
    marks = ", ".join("?" * len(ids))
    with org.store.reading() as connection:
        rows = connection.execute(
            f"SELECT Id, marketoId FROM person WHERE Id IN ({marks})", tuple(ids)
        )
        return {row["Id"]: row["marketoId"] for row in rows}
