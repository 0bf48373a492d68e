"""The recycle bin, and what becomes of the tasks of who goes into it."""

from __future__ import annotations

import sqlite3

_PEOPLE = {"Lead", "Contact"}


def soft_delete(
    connection: sqlite3.Connection,
    table: str,
    record_id: str,
    *,
    stamp: str,
    master: str | None = None,
) -> None:
    """Put a record into the recycle bin; `master` is who it was merged into.

    A person's tasks go along, or move to the master.
    """
    connection.execute(
        f'UPDATE "{table}" SET IsDeleted = 1, _deletedAt = ?, SystemModstamp = ?'
        " WHERE Id = ? AND NOT IsDeleted",
        (stamp, stamp, record_id),
    )
    if master:
        connection.execute(
            f'UPDATE "{table}" SET MasterRecordId = ? WHERE Id = ?', (master, record_id)
        )
        move_tasks(connection, record_id, master, stamp=stamp)
    elif table in _PEOPLE:
        connection.execute(
            "UPDATE Task SET IsDeleted = 1, _deletedAt = ?, SystemModstamp = ?"
            " WHERE WhoId = ? AND WhatId IS NULL AND NOT IsDeleted",
            (stamp, stamp, record_id),
        )


def restore(connection: sqlite3.Connection, table: str, record_id: str, *, stamp: str) -> None:
    """Take a record out of the recycle bin, and the tasks that went into it along with it."""
    deleted_at = connection.execute(
        f'SELECT _deletedAt FROM "{table}" WHERE Id = ?', (record_id,)
    ).fetchone()["_deletedAt"]
    back = "IsDeleted = 0, _deletedAt = NULL, SystemModstamp = ?, LastModifiedDate = ?"
    connection.execute(f'UPDATE "{table}" SET {back} WHERE Id = ?', (stamp, stamp, record_id))
    if table in _PEOPLE:
        connection.execute(
            f"UPDATE Task SET {back} WHERE WhoId = ? AND _deletedAt = ?",
            (stamp, stamp, record_id, deleted_at),
        )


def move_tasks(connection: sqlite3.Connection, old: str, new: str, *, stamp: str) -> None:
    """Give one person's tasks to another, as merging and converting do."""
    connection.execute(
        "UPDATE Task SET WhoId = ?, SystemModstamp = ? WHERE WhoId = ?", (new, stamp, old)
    )
