"""The SQLite file behind the instance: many readers, one writer at a time."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
SCHEMA = (_HERE / "schema.sql").read_text()
INDEXES = (_HERE / "indexes.sql").read_text()
SCHEMA_VERSION = zlib.crc32((SCHEMA + INDEXES).encode())


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -8000")
    return connection


def open_newest(directory: Path) -> Store | None:
    """The store over the newest database in the directory, if there is one."""
    paths = _databases(directory)
    return Store(paths[-1]) if paths else None


def open_new(directory: Path, fill: Callable[[sqlite3.Connection], None]) -> Store:
    """Make a database beside those that are there; it takes its name once it is whole.

    The last one before it stays, because requests may still be reading it.
    """
    existing = _databases(directory)
    number = int(existing[-1].stem.removeprefix("marketo-")) + 1 if existing else 1
    growing = directory / "growing"
    growing.unlink(missing_ok=True)
    connection = connect(growing)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -64000")
    connection.executescript(SCHEMA)
    connection.execute("BEGIN")
    fill(connection)
    connection.execute("COMMIT")
    connection.executescript(INDEXES)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    path = growing.rename(directory / f"marketo-{number:06}.sqlite3")
    for old in existing[:-1]:
        for part in directory.glob(f"{old.name}*"):
            part.unlink()
    return Store(path)


def _databases(directory: Path) -> list[Path]:
    """All databases, oldest first."""
    return sorted(directory.glob("marketo-*.sqlite3"))


class Store:
    """Connections to one database file that all threads share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._write_lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection whose reads all see the same moment."""
        connection = self._take()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")
            self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The one write transaction; an exception rolls it back."""
        with self._write_lock:
            connection = self._take()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            else:
                connection.execute("COMMIT")
            finally:
                self._idle.put(connection)

    def load(self, key: str) -> Any:
        """A remembered value, None when there is none."""
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row else None

    def remember(self, key: str, value: Any) -> None:
        with self.writing() as connection:
            remember(connection, key, value)

    def close(self) -> None:
        """Close the idle connections; none may be in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return connect(self.path)


def remember(connection: sqlite3.Connection, key: str, value: Any) -> None:
    connection.execute("REPLACE INTO meta (key, value) VALUES (?, ?)", (key, json.dumps(value)))
