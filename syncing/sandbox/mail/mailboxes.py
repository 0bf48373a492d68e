"""The mailboxes: one SQLite file, written before the sender is told that a message is accepted."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
_COLUMNS = "id, mailbox, uid, sender, recipient, received_at, size, flags"


@dataclass(frozen=True)
class Message:
    """One message in one mailbox, without its text."""

    id: int
    mailbox: str
    uid: int
    sender: str
    recipient: str
    received_at: float
    size: int
    flags: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """How a mailbox numbers its messages."""

    uid_validity: int
    uid_next: int


class Mailboxes:
    """Everybody's mail. Safe to use from all threads, which take turns."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            directory / "mail.sqlite3", isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A commit outlives the process, though not a power cut: enough for play and tests.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        # Called with the name of a mailbox whenever something changed in it.
        self.watchers: list[Callable[[str], None]] = []

    @property
    def revision(self) -> int:
        """Grows with whatever changes in any mailbox."""
        return self._connection.total_changes

    def deliver(self, *, sender: str, recipients: Iterable[str], raw: bytes) -> list[int]:
        """Store a message for each recipient, all or none; the ids."""
        now = time.time()
        addresses = dict.fromkeys(recipients)
        with self._writing() as connection:
            ids = [_insert(connection, sender, recipient, now, raw) for recipient in addresses]
        for recipient in addresses:
            self._tell(mailbox_of(recipient))
        return ids

    def standing(self, mailbox: str) -> Standing:
        """How this mailbox numbers; it exists from the moment somebody asks."""
        with self._writing() as connection:
            _ensure(connection, mailbox)
            row = connection.execute(
                "SELECT uid_validity, uid_next FROM mailbox WHERE address = ?", (mailbox,)
            ).fetchone()
        return Standing(*row)

    def in_mailbox(self, mailbox: str) -> list[Message]:
        """Oldest first."""
        return self._select("WHERE mailbox = ? ORDER BY uid", (mailbox,))

    def with_uids(self, mailbox: str, uids: Iterable[int]) -> list[Message]:
        """Those of the mailbox, oldest first."""
        chosen = "uid IN (SELECT value FROM json_each(?))"
        values = (mailbox, json.dumps(list(uids)))
        return self._select(f"WHERE mailbox = ? AND {chosen} ORDER BY uid", values)

    def uids(self, mailbox: str) -> list[int]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT uid FROM message WHERE mailbox = ? ORDER BY uid", (mailbox,)
            )
            return [uid for (uid,) in rows]

    def newest(self, *, like: str, limit: int) -> list[Message]:
        """The newest first, of mailboxes whose address has this in it."""
        return self._select(
            "WHERE instr(mailbox, ?) ORDER BY id DESC LIMIT ?", (like.lower(), limit)
        )

    def message(self, message_id: int) -> Message:
        """Raises LookupError when there is none."""
        found = self._select("WHERE id = ?", (message_id,))
        if not found:
            raise LookupError(f"There is no message {message_id}.")
        return found[0]

    def raw(self, message_id: int, *, first: int = -1) -> bytes:
        """The text as it came, or its first so many bytes."""
        with self._reading() as connection:
            column = "raw" if first < 0 else f"substr(raw, 1, {first})"
            row = connection.execute(
                f"SELECT {column} FROM message WHERE id = ?", (message_id,)
            ).fetchone()
        if row is None:
            raise LookupError(f"There is no message {message_id}.")
        return bytes(row[0])

    def set_flags(self, message_id: int, flags: Iterable[str]) -> None:
        with self._writing() as connection:
            connection.execute(
                "UPDATE message SET flags = ? WHERE id = ?", (" ".join(sorted(flags)), message_id)
            )
        self._tell(self.message(message_id).mailbox)

    def remove(self, mailbox: str, uids: Iterable[int]) -> None:
        with self._writing() as connection:
            connection.executemany(
                "DELETE FROM message WHERE mailbox = ? AND uid = ?",
                [(mailbox, uid) for uid in uids],
            )
        self._tell(mailbox)

    def renumber(self, mailbox: str) -> Standing:
        """What a server does that lost its index: new UIDs from 1 under another UIDVALIDITY."""
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT id FROM message WHERE mailbox = ? ORDER BY uid", (mailbox,)
            ).fetchall()
            # Negative first, so that no new number meets an old one.
            for sign in (-1, 1):
                connection.executemany(
                    "UPDATE message SET uid = ? WHERE id = ?",
                    [(sign * uid, row["id"]) for uid, row in enumerate(rows, start=1)],
                )
            _ensure(connection, mailbox)
            connection.execute(
                "UPDATE mailbox SET uid_validity = uid_validity + 1, uid_next = ?"
                " WHERE address = ?",
                (len(rows) + 1, mailbox),
            )
        return self.standing(mailbox)

    def note(self, message_id: int, what: str) -> None:
        """Write down what the prospect did."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO deed (message_id, happened_at, what) VALUES (?, ?, ?)",
                (message_id, time.time(), what),
            )

    def deeds(self, message_id: int) -> list[tuple[float, str]]:
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT happened_at, what FROM deed WHERE message_id = ? ORDER BY id",
                (message_id,),
            )
            return [(row["happened_at"], row["what"]) for row in rows]

    def counts(self) -> dict[str, int]:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM message) AS messages,"
                " (SELECT count(*) FROM mailbox) AS mailboxes"
            ).fetchone()
        return dict(row)

    def clear(self) -> None:
        """Empty every mailbox; they number from 1 again, under another UIDVALIDITY."""
        with self._writing() as connection:
            connection.execute("DELETE FROM message")
            connection.execute("DELETE FROM deed")
            connection.execute("UPDATE mailbox SET uid_validity = uid_validity + 1, uid_next = 1")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _select(self, rest: str, values: tuple[object, ...]) -> list[Message]:
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM message {rest}", values)
            return [_message(row) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _tell(self, mailbox: str) -> None:
        for watcher in self.watchers:
            watcher(mailbox)


def mailbox_of(address: str) -> str:
    """Lower case and without a subaddress: Sam+b42@example.com is sam@example.com's."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _ensure(connection: sqlite3.Connection, mailbox: str) -> None:
    # By the clock, so that a mailbox made anew never seems to be the old one.
    connection.execute(
        "INSERT OR IGNORE INTO mailbox (address, uid_validity) VALUES (?, ?)",
        (mailbox, int(time.time())),
    )


def _insert(
    connection: sqlite3.Connection, sender: str, recipient: str, now: float, raw: bytes
) -> int:
    mailbox = mailbox_of(recipient)
    _ensure(connection, mailbox)
    row = connection.execute(
        "UPDATE mailbox SET uid_next = uid_next + 1 WHERE address = ?"
        " RETURNING uid_next - 1 AS uid",
        (mailbox,),
    ).fetchone()
    stored = _trace(sender, recipient) + raw
    cursor = connection.execute(
        "INSERT INTO message (mailbox, uid, sender, recipient, received_at, size, raw)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (mailbox, row["uid"], sender, recipient, now, len(stored), stored),
    )
    return int(cursor.lastrowid or 0)


def _trace(sender: str, recipient: str) -> bytes:
    """The lines that the last server on the way writes on top, RFC 5321 section 4.4."""
    return f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()


def _message(row: sqlite3.Row) -> Message:
    return Message(**{**dict(row), "flags": frozenset(row["flags"].split())})
