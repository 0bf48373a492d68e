"""The org's SQLite file: a table for each object, with the names of the API."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

from syncing.sandbox.marketo.store import Store, connect
from syncing.sandbox.salesforce.fields import Field
from syncing.sandbox.salesforce.objects import OBJECTS, SObject

# Besides what the API shows, a table has the order of creation and the time of deletion.
_TABLE = """
CREATE TABLE "{name}" (
    _seq INTEGER PRIMARY KEY AUTOINCREMENT,
    {columns},
    _deletedAt TEXT
);
"""
_OWN_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Who of Marketo's people a lead or contact is.
CREATE TABLE person (Id TEXT PRIMARY KEY, marketoId INTEGER NOT NULL) WITHOUT ROWID;
-- Records that left the recycle bin.
CREATE TABLE purged (object TEXT NOT NULL, Id TEXT NOT NULL, deletedAt TEXT NOT NULL);
CREATE TABLE session (
    token TEXT PRIMARY KEY, userId TEXT NOT NULL, clientId TEXT NOT NULL, scope TEXT NOT NULL,
    issuedAt REAL NOT NULL, expiresAt REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE refresh_token (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, userId TEXT NOT NULL,
    clientId TEXT NOT NULL, scope TEXT NOT NULL
);
"""
_INDEXES = """
CREATE INDEX task_by_who ON Task (WhoId);
CREATE INDEX task_by_owner ON Task (OwnerId);
CREATE INDEX task_by_creation ON Task (CreatedDate);
CREATE INDEX lead_by_email ON Lead (Email);
CREATE INDEX contact_by_email ON Contact (Email);
CREATE INDEX contact_by_account ON Contact (AccountId);
CREATE INDEX role_by_contact ON OpportunityContactRole (ContactId);
CREATE INDEX role_by_opportunity ON OpportunityContactRole (OpportunityId);
CREATE INDEX person_by_marketo ON person (marketoId);
"""


def _table(sobject: SObject) -> str:
    columns = ",\n    ".join(field.column for field in sobject.fields)
    return _TABLE.format(name=sobject.name, columns=columns)


def _indexes(sobject: SObject) -> str:
    name = sobject.name
    return (
        f'CREATE UNIQUE INDEX "{name}_by_id" ON "{name}" (Id);\n'
        f'CREATE INDEX "{name}_by_stamp" ON "{name}" (SystemModstamp);\n'
        f'CREATE INDEX "{name}_by_deletion" ON "{name}" (_deletedAt) WHERE IsDeleted;\n'
    )


SCHEMA = _OWN_TABLES + "".join(map(_table, OBJECTS))
INDEXES = _INDEXES + "".join(map(_indexes, OBJECTS))
SCHEMA_VERSION = zlib.crc32((SCHEMA + INDEXES).encode())


def open_newest(directory: Path) -> Store | None:
    """The newest database in the directory, if there is one."""
    paths = _databases(directory)
    return Store(paths[-1]) if paths else None


def open_new(directory: Path, fill: Callable[[sqlite3.Connection], None]) -> Store:
    """Make a database; it takes its name once it is whole.

    The last one before it stays, because requests may still be reading it.
    """
    existing = _databases(directory)
    number = int(existing[-1].stem.removeprefix("salesforce-")) + 1 if existing else 1
    growing = directory / "salesforce-growing"
    growing.unlink(missing_ok=True)
    connection = connect(growing)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    fill(connection)
    connection.execute("COMMIT")
    connection.executescript(INDEXES)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    path = growing.rename(directory / f"salesforce-{number:06}.sqlite3")
    for old in existing[:-1]:
        for part in directory.glob(f"{old.name}*"):
            part.unlink()
    return Store(path)


def add_field(connection: sqlite3.Connection, table: str, field: Field) -> None:
    """A column for a custom field; deleted records do not count for uniqueness."""
    connection.execute(f'ALTER TABLE "{table}" ADD COLUMN {field.column}')
    if field.is_external_id or field.is_unique:
        unique = "UNIQUE" if field.is_unique else ""
        connection.execute(
            f'CREATE {unique} INDEX "{table}_{field.name}" ON "{table}" ("{field.name}")'
            f' WHERE "{field.name}" IS NOT NULL AND NOT IsDeleted'
        )


def _databases(directory: Path) -> list[Path]:
    """All databases, oldest first."""
    return sorted(directory.glob("salesforce-0*.sqlite3"))
