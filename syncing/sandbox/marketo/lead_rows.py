"""Reading and writing single leads, companies and other rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from syncing.sandbox.marketo import salesforce_ids
from syncing.sandbox.marketo.fields import LEAD_TABLES, Field
from syncing.sandbox.marketo.salesforce_ids import salesforce_id

SFDC_COLUMNS = ("sfdcType", "sfdcLeadId", "sfdcContactId", "sfdcLeadOwnerId")


class NoSuchLead(LookupError):
    """The change names a lead that is not there."""


def find_lead(connection: sqlite3.Connection, lead_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM lead WHERE id = ?", (lead_id,)
    ).fetchone()
    if row is None:
        raise NoSuchLead(f"There is no lead {lead_id}.")
    return row


def shown_value(connection: sqlite3.Connection, lead_id: int, field: Field) -> Any:
    """The field's value as the API shows it."""
    value = connection.execute(
        f"SELECT {field.sql} FROM {LEAD_TABLES} WHERE lead.id = ?",
        (lead_id,),
    ).fetchone()[0]
    return bool(value) if field.data_type == "boolean" else value


def stored_column(connection: sqlite3.Connection, field: Field, value: Any) -> dict[str, Any]:
    """The lead column behind a field, and what to store in it."""
    if field.name == "company":
        return {"companyId": _company_named(connection, value) if value is not None else None}
    return {field.sql.removeprefix("lead."): value}


def next_lead_id(connection: sqlite3.Connection, wanted: int | None) -> int:
    """Ids are never used twice."""
    if wanted is not None:
        return wanted
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'lead'").fetchone()
    return int(row["seq"]) + 1


def made_up_crm_ids(lead_id: int, sfdc_type: str | None) -> dict[str, Any]:
    if sfdc_type == "Contact":
        return {
            "sfdcType": "Contact",
            "sfdcContactId": salesforce_id(salesforce_ids.CONTACT, lead_id),
        }
    if sfdc_type == "Lead":
        return {"sfdcType": "Lead", "sfdcLeadId": salesforce_id(salesforce_ids.LEAD, lead_id)}
    return {}


def _company_named(connection: sqlite3.Connection, name: str) -> int:
    row = connection.execute("SELECT id FROM company WHERE name = ?", (name,)).fetchone()
    return int(row["id"]) if row else insert(connection, "company", {"name": name})


def ensure_account(connection: sqlite3.Connection, company_id: int | None) -> None:
    if company_id is not None:
        connection.execute(
            "UPDATE company SET sfdcAccountId = ? WHERE id = ? AND sfdcAccountId IS NULL",
            (salesforce_id(salesforce_ids.ACCOUNT, company_id), company_id),
        )


def update_lead(
    connection: sqlite3.Connection, lead_id: int, now: str, columns: Mapping[str, Any]
) -> None:
    assignments = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(
        f"UPDATE lead SET {assignments}, changedAt = ? WHERE id = ?",
        (*columns.values(), now, lead_id),
    )


def fill_gaps(
    connection: sqlite3.Connection, winner: sqlite3.Row, loser: sqlite3.Row, now: str
) -> None:
    """Give the winner what it lacks; who is in Salesforce already keeps that record alone."""
    keep = {"id", "createdAt", "updatedAt", "changedAt"}
    if winner["sfdcType"]:
        keep |= set(SFDC_COLUMNS)
    names = [name for name in tuple(loser.keys()) if name not in keep]
    assignments = ", ".join(f"{name} = coalesce({name}, ?)" for name in names)
    connection.execute(
        f"UPDATE lead SET {assignments}, updatedAt = ?, changedAt = ? WHERE id = ?",
        (*(loser[name] for name in names), now, now, winner["id"]),
    )


def remove_lead(connection: sqlite3.Connection, lead_id: int) -> None:
    connection.execute("DELETE FROM opportunity_role WHERE leadId = ?", (lead_id,))
    connection.execute("DELETE FROM lead WHERE id = ?", (lead_id,))


def insert(connection: sqlite3.Connection, table: str, columns: Mapping[str, Any]) -> int:
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    cursor = connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
    )
    return int(cursor.lastrowid or 0)
