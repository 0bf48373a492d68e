"""What happened to people in Marketo shows here: its log is followed, row by row."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from syncing.sandbox.marketo import activity_types
from syncing.sandbox.marketo.store import Store, remember
from syncing.sandbox.salesforce.objects import OBJECT_OF_PREFIX
from syncing.sandbox.salesforce.people import PEOPLE, account_of, records_of, stamp_of
from syncing.sandbox.salesforce.removal import move_tasks, restore, soft_delete
from syncing.sandbox.salesforce.seed import insert, insert_person

_LOG = logging.getLogger(__name__)
CURSOR = "marketo_cursor"
# The opt-out is the org's own once a record is there: Marketo's unsubscribe is another decision.
_OWN = {"Id", "HasOptedOutOfEmail", "Status", "ConvertedDate"}
_FOLLOWED = (
    activity_types.NEW_LEAD,
    activity_types.CHANGE_DATA_VALUE,
    activity_types.SYNC_LEAD_TO_SFDC,
    activity_types.CONVERT_LEAD,
    activity_types.CHANGE_OWNER,
    activity_types.DELETE_LEAD_FROM_SFDC,
    activity_types.MERGE_LEADS,
    activity_types.DELETE_LEAD,
)


def newest_row(marketo: Store) -> int:
    """Where the log ends now."""
    with marketo.reading() as connection:
        row = connection.execute("SELECT max(seq) FROM activity").fetchone()
    return row[0] or 0


def follow(marketo: Store, own: Store, *, since: int, until: int) -> None:
    """Do here what the log of Marketo tells from one row to another.

    What this database refuses is left out: the rows after it must not wait for it for ever.
    """
    marks = ", ".join(map(str, _FOLLOWED))
    with marketo.reading() as people, own.writing() as connection:
        rows = people.execute(
            f"SELECT * FROM activity WHERE seq > ? AND seq <= ? AND typeId IN ({marks})"
            " ORDER BY seq",
            (since, until),
        )
        for row in rows.fetchall():
            connection.execute("SAVEPOINT change")
            try:
                _follow_row(people, connection, row, stamp_of(row["happenedAt"]))
            except sqlite3.Error:
                connection.execute("ROLLBACK TO change")
                _LOG.exception("Left out a change of Marketo's lead %s.", row["leadId"])
            connection.execute("RELEASE change")
        remember(connection, CURSOR, until)


def _follow_row(
    people: sqlite3.Connection, connection: sqlite3.Connection, row: sqlite3.Row, stamp: str
) -> None:
    lead_id = row["leadId"]
    if row["typeId"] == activity_types.MERGE_LEADS:
        _merge(connection, row, stamp)
    person = people.execute(f"{PEOPLE} WHERE lead.id = ?", (lead_id,)).fetchone()
    known = {
        found["Id"]
        for found in connection.execute("SELECT Id FROM person WHERE marketoId = ?", (lead_id,))
    }
    wanted = dict(records_of(person)) if person else {}
    if wanted and person["sfdcAccountId"]:
        _ensure_account(connection, person, stamp)
    for table, values in wanted.items():
        if values["Id"] not in known and _take_back(connection, table, values["Id"], stamp):
            connection.execute("INSERT INTO person VALUES (?, ?)", (values["Id"], lead_id))
            known.add(values["Id"])
    if wanted and not known:
        insert_person(connection, person)
        return
    for table, values in wanted.items():
        if values["Id"] in known:
            _update(connection, table, values, stamp)
        else:
            insert(connection, table, values, stamp=stamp)
            connection.execute("INSERT INTO person VALUES (?, ?)", (values["Id"], lead_id))
    if "Contact" in wanted and "Lead" in wanted:
        move_tasks(connection, wanted["Lead"]["Id"], wanted["Contact"]["Id"], stamp=stamp)
    for record_id in known - {values["Id"] for values in wanted.values()}:
        _delete(connection, record_id, stamp)


def _take_back(connection: sqlite3.Connection, table: str, record_id: str, stamp: str) -> bool:
    """Whether the record was here before; Marketo sends a person again under the same id."""
    found = connection.execute(f"SELECT 1 FROM {table} WHERE Id = ?", (record_id,)).fetchone()
    if found:
        restore(connection, table, record_id, stamp=stamp)
    return found is not None


def _ensure_account(connection: sqlite3.Connection, person: sqlite3.Row, stamp: str) -> None:
    account = {"sfdcAccountId": person["sfdcAccountId"], "name": person["company"]}
    found = connection.execute("SELECT 1 FROM Account WHERE Id = ?", (account["sfdcAccountId"],))
    if found.fetchone() is None:
        values = {**account_of(account), "OwnerId": person["sfdcLeadOwnerId"]}
        insert(connection, "Account", values, stamp=stamp)


def _merge(connection: sqlite3.Connection, row: sqlite3.Row, stamp: str) -> None:
    """The losers' records are deleted in favour of the winner's."""
    attributes = {item["name"]: item["value"] for item in json.loads(row["attributes"])}
    for loser in attributes["Merge IDs"]:
        for found in connection.execute(
            "SELECT Id FROM person WHERE marketoId = ?", (loser,)
        ).fetchall():
            master = connection.execute(
                "SELECT Id FROM person WHERE marketoId = ? AND substr(Id, 1, 3) = ?",
                (row["leadId"], found["Id"][:3]),
            ).fetchone()
            _delete(connection, found["Id"], stamp, master=master["Id"] if master else None)


def _update(
    connection: sqlite3.Connection, table: str, values: Mapping[str, Any], stamp: str
) -> None:
    """Write what differs, and touch nothing when nothing does."""
    record = connection.execute(f"SELECT * FROM {table} WHERE Id = ?", (values["Id"],)).fetchone()
    changes = {
        name: value for name, value in values.items() if name not in _OWN and record[name] != value
    }
    if changes:
        if values.get("IsConverted"):
            changes |= {"Status": values["Status"], "ConvertedDate": stamp[:10]}
        changes |= {"SystemModstamp": stamp, "LastModifiedDate": stamp}
        assignments = ", ".join(f"{name} = ?" for name in changes)
        connection.execute(
            f"UPDATE {table} SET {assignments} WHERE Id = ?", (*changes.values(), values["Id"])
        )


def _delete(
    connection: sqlite3.Connection, record_id: str, stamp: str, *, master: str | None = None
) -> None:
    table = OBJECT_OF_PREFIX[record_id[:3]]
    soft_delete(connection, table, record_id, stamp=stamp, master=master)
    connection.execute("DELETE FROM person WHERE Id = ?", (record_id,))
