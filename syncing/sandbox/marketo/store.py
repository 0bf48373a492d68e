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
    connection.execute("PRAGMA cache_size = -32000")
    return connection


def create_database(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make the database afresh; until it is whole, the file has another name."""
    growing = path.with_suffix(".growing")
    for leftover in path.parent.glob(f"{path.stem}.*"):
        leftover.unlink()
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
    growing.rename(path)


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
