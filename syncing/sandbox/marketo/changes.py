"""What people do in Marketo and Salesforce: each change with the log rows it leaves behind."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo import activity_types, salesforce_ids
from syncing.sandbox.marketo.fields import Field, instance_fields
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.salesforce_ids import salesforce_id
from syncing.sandbox.marketo.seed import new_lead_attributes

REASON = ({"name": "Reason", "value": "Web service API"},)
_SFDC_COLUMNS = ("sfdcType", "sfdcLeadId", "sfdcContactId", "sfdcLeadOwnerId")


class NoSuchLead(LookupError):
    """The change names a lead that is not there."""


def create_lead(instance: Instance, values: Mapping[str, Any]) -> int:
    """Create a lead from field values, Salesforce ids and owner among them; its new id.

    `id` may be given; `sfdcType` alone makes up the ids that belong to it.
    """
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead_id = _next_id(connection, values.get("id"))
        columns: dict[str, Any] = {"id": lead_id}
        columns |= dict.fromkeys(("createdAt", "updatedAt", "changedAt"), now)
        columns |= _made_up_crm_ids(lead_id, values.get("sfdcType"))
        for name, value in values.items():
            if name != "id":
                columns |= _column(connection, _writable(instance, name), value)
        if columns.get("sfdcType") == "Contact":
            _ensure_account(connection, columns.get("companyId"))
        _insert(connection, "lead", columns)
        attributes = new_lead_attributes(now, values.get("leadSource"))
        log(connection, activity_types.NEW_LEAD, lead_id, now, attributes)
    return lead_id


def change_lead(instance: Instance, lead_id: int, values: Mapping[str, Any]) -> None:
    """Set fields; each that really changes leaves a type 13 row, and 23 for the owner."""
    for name, value in values.items():
        if name == "sfdcLeadOwnerId":
            set_owner(instance, lead_id, value)
        else:
            _change_field(instance, lead_id, _writable(instance, name), value)


def set_owner(instance: Instance, lead_id: int, owner: str | None) -> None:
    """Give the lead an owner, or none. The visible updatedAt stays."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        old = _lead(connection, lead_id)["sfdcLeadOwnerId"]
        if old == owner:
            return
        _touch(connection, lead_id, now, {"sfdcLeadOwnerId": owner})
        attributes = _present({"Owner": owner_name(owner), "Old Owner": owner_name(old)})
        log(connection, activity_types.CHANGE_OWNER, lead_id, now, attributes)


def delete_lead(instance: Instance, lead_id: int) -> None:
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead = _lead(connection, lead_id)
        _remove(connection, lead_id)
        _log_deletion(connection, lead, now)


def merge_leads(
    instance: Instance, winner: int, losers: Iterable[int], *, in_salesforce: bool = False
) -> None:
    """Merge losers into the winner, which keeps its own values and takes what it lacks."""
    now = instance.clock.stamp()
    losing_ids = [loser for loser in losers if loser != winner]
    with instance.store.writing() as connection:
        _lead(connection, winner)
        for loser in losing_ids:
            lead = _lead(connection, loser)
            _fill_gaps(connection, winner, lead, now)
            connection.execute(
                "UPDATE opportunity_role SET leadId = ? WHERE leadId = ?", (winner, loser)
            )
            connection.execute("DELETE FROM lead WHERE id = ?", (loser,))
            if instance.settings.merged_losers_in_deleted_feed:
                _log_deletion(connection, lead, now)
        if in_salesforce:
            attributes = _present({"Merged": losing_ids, "Winning Values": ["all"]})
            log(connection, activity_types.SFDC_MERGE_LEADS, winner, now, attributes)
        merged = {
            "Merge IDs": losing_ids,
            "Merged in Sales": in_salesforce,
            "Merge Source": "Salesforce" if in_salesforce else "Marketo",
            "Master Updated": True,
        }
        log(
            connection,
            activity_types.MERGE_LEADS,
            winner,
            now,
            _present(merged),
            primary=(winner, None),
        )


def convert_lead(instance: Instance, lead_id: int) -> None:
    """Salesforce turns the lead into a contact of an account; its lead id stays."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead = _lead(connection, lead_id)
        contact_id = salesforce_id(salesforce_ids.CONTACT, lead_id)
        _ensure_account(connection, lead["companyId"])
        _touch(connection, lead_id, now, {"sfdcType": "Contact", "sfdcContactId": contact_id})
        attributes = _present(
            {"Assign To": owner_name(lead["sfdcLeadOwnerId"]), "Converted Status": "Qualified"}
        )
        log(connection, activity_types.CONVERT_LEAD, lead_id, now, attributes)


def sync_to_salesforce(instance: Instance, lead_id: int, owner: str | None) -> None:
    """A person known to Marketo only becomes a Salesforce lead with an owner."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        _lead(connection, lead_id)
        columns = {**_made_up_crm_ids(lead_id, "Lead"), "sfdcLeadOwnerId": owner}
        _touch(connection, lead_id, now, columns)
        attributes = _present({"Assign To": owner_name(owner)})
        log(connection, activity_types.SYNC_LEAD_TO_SFDC, lead_id, now, attributes)


def delete_from_salesforce(instance: Instance, lead_id: int) -> None:
    """The Salesforce record goes, the person stays in Marketo."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        _lead(connection, lead_id)
        _touch(connection, lead_id, now, dict.fromkeys(_SFDC_COLUMNS))
        attributes = [{"name": "Delete in Marketo", "value": False}]
        log(connection, activity_types.DELETE_LEAD_FROM_SFDC, lead_id, now, attributes)


def rename_company(instance: Instance, company_id: int, name: str) -> int:
    """Rename it for all its leads, without a log row; the number of leads."""
    with instance.store.writing() as connection:
        connection.execute("UPDATE company SET name = ? WHERE id = ?", (name, company_id))
        return int(
            connection.execute(
                "SELECT count(*) FROM lead WHERE companyId = ?", (company_id,)
            ).fetchone()[0]
        )


def log(
    connection: sqlite3.Connection,
    type_id: int,
    lead_id: int,
    happened_at: str,
    attributes: list[dict[str, Any]],
    *,
    primary: tuple[int | None, str | None] = (None, None),
) -> int:
    """Add a row to the activity log; its number."""
    return _insert(
        connection,
        "activity",
        {
            "leadId": lead_id,
            "typeId": type_id,
            "happenedAt": happened_at,
            "primaryId": primary[0],
            "primaryValue": primary[1],
            "attributes": json.dumps(attributes, ensure_ascii=False),
        },
    )


def owner_name(owner: str | None) -> str | None:
    names = {known.salesforce_id: known.name for known in OWNERS}
    return names.get(owner, owner) if owner else None


def _change_field(instance: Instance, lead_id: int, field: Field, value: Any) -> None:
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        _lead(connection, lead_id)
        old = _shown(connection, lead_id, field)
        columns = _column(connection, field, value)
        if old == value:
            return
        if field.standard:
            columns["updatedAt"] = now
        _touch(connection, lead_id, now, columns)
        number = list(instance_fields(instance.settings)).index(field.name) + 1
        _log_change(connection, lead_id, now, field=field, number=number, old=old, new=value)


def _log_change(
    connection: sqlite3.Connection,
    lead_id: int,
    now: str,
    *,
    field: Field,
    number: int,
    old: Any,
    new: Any,
) -> None:
    """Type 13: activities.json shows the display name, leadchanges.json the API name."""
    old_text, new_text = _as_text(old), _as_text(new)
    change = {"id": number, "name": field.name, "newValue": new_text, "oldValue": old_text}
    attributes = [*_present({"New Value": new_text, "Old Value": old_text}), *REASON]
    _insert(
        connection,
        "activity",
        {
            "leadId": lead_id,
            "typeId": activity_types.CHANGE_DATA_VALUE,
            "happenedAt": now,
            "primaryId": number,
            "primaryValue": field.display_name,
            "attributes": json.dumps(attributes, ensure_ascii=False),
            "field": field.name,
            "change": json.dumps([change], ensure_ascii=False),
        },
    )


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _present(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes of the log; empty ones are left out."""
    return [
        {"name": name, "value": value} for name, value in values.items() if value not in (None, "")
    ]


def _writable(instance: Instance, name: str) -> Field:
    field = instance_fields(instance.settings).get(name)
    if field is None or not (field.crm_managed or field.updateable) or name == "sfdcAccountId":
        raise ValueError(f"There is no field {name!r} to set.")
    return field


def _column(connection: sqlite3.Connection, field: Field, value: Any) -> dict[str, Any]:
    """The lead column behind a field, and what to store in it."""
    if field.name == "company":
        return {"companyId": _company_named(connection, value) if value is not None else None}
    return {field.sql.removeprefix("lead."): value}


def _company_named(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT id FROM company WHERE name = ?", (name,)).fetchone()
    return int(row["id"]) if row else _insert(connection, "company", {"name": name})


def _ensure_account(connection: sqlite3.Connection, company_id: int | None) -> None:
    if company_id is not None:
        connection.execute(
            "UPDATE company SET sfdcAccountId = ? WHERE id = ? AND sfdcAccountId IS NULL",
            (salesforce_id(salesforce_ids.ACCOUNT, company_id), company_id),
        )


def _made_up_crm_ids(lead_id: int, sfdc_type: str | None) -> dict[str, Any]:
    if sfdc_type == "Contact":
        return {
            "sfdcType": "Contact",
            "sfdcContactId": salesforce_id(salesforce_ids.CONTACT, lead_id),
        }
    if sfdc_type == "Lead":
        return {"sfdcType": "Lead", "sfdcLeadId": salesforce_id(salesforce_ids.LEAD, lead_id)}
    return {}


def _next_id(connection: sqlite3.Connection, wanted: int | None) -> int:
    """Ids are never used twice."""
    if wanted is not None:
        return wanted
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'lead'").fetchone()
    return int(row["seq"]) + 1 if row else 1


def _lead(connection: sqlite3.Connection, lead_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM lead WHERE id = ?", (lead_id,)
    ).fetchone()
    if row is None:
        raise NoSuchLead(f"There is no lead {lead_id}.")
    return row


def _shown(connection: sqlite3.Connection, lead_id: int, field: Field) -> Any:
    """The field's value as the API shows it."""
    value = connection.execute(
        f"SELECT {field.sql} FROM lead LEFT JOIN company ON company.id = lead.companyId"
        " WHERE lead.id = ?",
        (lead_id,),
    ).fetchone()[0]
    return bool(value) if field.data_type == "boolean" else value


def _touch(
    connection: sqlite3.Connection, lead_id: int, now: str, columns: Mapping[str, Any]
) -> None:
    assignments = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(
        f"UPDATE lead SET {assignments}, changedAt = ? WHERE id = ?",
        (*columns.values(), now, lead_id),
    )


def _fill_gaps(connection: sqlite3.Connection, winner: int, loser: sqlite3.Row, now: str) -> None:
    keep = {"id", "createdAt", "updatedAt", "changedAt"}
    names = [name for name in tuple(loser.keys()) if name not in keep]
    assignments = ", ".join(f"{name} = coalesce({name}, ?)" for name in names)
    connection.execute(
        f"UPDATE lead SET {assignments}, updatedAt = ?, changedAt = ? WHERE id = ?",
        (*(loser[name] for name in names), now, now, winner),
    )


def _remove(connection: sqlite3.Connection, lead_id: int) -> None:
    connection.execute("DELETE FROM opportunity_role WHERE leadId = ?", (lead_id,))
    connection.execute("DELETE FROM lead WHERE id = ?", (lead_id,))


def _log_deletion(connection: sqlite3.Connection, lead: sqlite3.Row, now: str) -> None:
    name = " ".join(part for part in (lead["firstName"], lead["lastName"]) if part)
    primary = (lead["id"], name or None)
    log(connection, activity_types.DELETE_LEAD, lead["id"], now, [], primary=primary)


def _insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> int:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    cursor = connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
    )
    return int(cursor.lastrowid or 0)
