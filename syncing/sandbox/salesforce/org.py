"""One Salesforce org: its data, its state and its switches."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.journal import Journal
from syncing.sandbox.marketo.store import Store, remember
from syncing.sandbox.salesforce import database
from syncing.sandbox.salesforce.faults import Faults
from syncing.sandbox.salesforce.fields import Field
from syncing.sandbox.salesforce.follow import CURSOR, follow, newest_row
from syncing.sandbox.salesforce.schema import Schema, Shape, shape_from_json
from syncing.sandbox.salesforce.seed import ORG_ID, OTHER_ORG_ID, fill_picklist_objects, seed
from syncing.sandbox.salesforce.sessions import Sessions
from syncing.sandbox.salesforce.settings import OrgSettings
from syncing.sandbox.salesforce.soql.cursors import Cursors
from syncing.sandbox.salesforce.usage import Usage
from syncing.sandbox.salesforce.values import stamp

SHAPE = "shape"


class Org:
    """Shares people and clock with the sandbox's Marketo; filled when it is first asked."""

    def __init__(self, directory: Path, marketo: Instance) -> None:
        self.directory = directory
        self.marketo = marketo
        self.clock = marketo.clock
        self.settings = OrgSettings()
        self.faults = Faults()
        self.journal = Journal()
        self.usage = Usage(self.clock)
        self.cursors = Cursors()
        self.sessions = Sessions(self.clock, lambda: self.store)
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._made_from: list[object] = []
        self._followed = 0
        # When the changes were asked for that are being made.
        self._in_progress: list[str] = []
        # Changes that are committed late: when, since when they are open, and what to do.
        self._late: deque[tuple[float, str, Callable[[], object]]] = deque()
        self._use(Shape())

    @property
    def store(self) -> Store:
        """The database, in step with Marketo's people."""
        self.refresh()
        if self._store is None:
            raise RuntimeError("The org has no database.")
        return self._store

    @property
    def org_id(self) -> str:
        return OTHER_ORG_ID if self.settings.other_org else ORG_ID

    def stamp(self) -> str:
        """Now, as the API writes it."""
        return stamp(self.clock.now())

    def refresh(self) -> None:
        """Begin again when Marketo did; else do what it tells since the last time."""
        with self._lock:
            if self._store is None or self._made_from != self._marks():
                self._open()
            until = newest_row(self.marketo.store)
            if until > self._followed and self._store:
                follow(self.marketo.store, self._store, since=self._followed, until=until)
                self._followed = until

    def keep_up(self) -> None:
        """Follow Marketo at once, if anybody ever asked for this org."""
        if self._store is not None and self._made_from == self._marks():
            self.refresh()

    def reset(self) -> None:
        """A fresh org: no tasks, nobody signed in, no custom fields, no faults."""
        with self._lock:
            self.settings = OrgSettings()
            self.faults.clear()
            self.journal.clear()
            self._create()

    @contextmanager
    def transaction(self, asked_at: str = "") -> Iterator[str]:
        """Hold back what is covered until a change is committed; its time.

        That is now, or the time when the change was asked for if it is made late.
        """
        with self._lock:
            asked_at = asked_at or self.stamp()
            self._in_progress.append(asked_at)
        try:
            yield asked_at
        finally:
            with self._lock:
                self._in_progress.remove(asked_at)

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Raises ValueError for what does not exist."""
        self.settings = self.settings.changed(changes)
        with self.store.writing() as connection:
            connection.execute("UPDATE Organization SET Id = ?", (self.org_id,))

    def change_shape(self, shape: Shape) -> None:
        """Take over what an admin changed about fields and picklists."""
        with self._lock:
            added = shape.custom_fields[len(self.shape.custom_fields) :]
            with self.store.writing() as connection:
                for field in added:
                    database.add_field(connection, field.object_name, field)
                remember(connection, SHAPE, shape.as_json())
                schema = Schema(shape, for_humans=True)
                fill_picklist_objects(connection, schema, stamp=self.stamp())
            self._use(shape)

    def add_field(self, field: Field, *, is_visible: bool = True) -> None:
        """A new custom field."""
        with self._lock:
            fields = (*self.shape.custom_fields, field)
            hidden = set() if is_visible else {f"{field.object_name}.{field.name}"}
            self.change_shape(
                replace(self.shape, custom_fields=fields, hidden=self.shape.hidden | hidden)
            )

    def set_access(self, name: str, *, can_read: bool, can_edit: bool) -> None:
        """Field-level security of a field such as Task.Type, for all API users."""
        with self._lock:
            hidden, read_only = self.shape.hidden - {name}, self.shape.read_only - {name}
            if not can_read:
                hidden |= {name}
            elif not can_edit:
                read_only |= {name}
            self.change_shape(replace(self.shape, hidden=hidden, read_only=read_only))

    def commit_late(self, seconds: float, *, open_since: str, commit: Callable[[], object]) -> None:
        """Have a change made when some time has passed."""
        with self._lock:
            self._late.append((self.clock.timestamp() + seconds, open_since, commit))

    def commit_due(self, *, everything: bool = False) -> int:
        """Make the late changes whose time has come; their number."""
        with self._lock:
            now = self.clock.timestamp()
            due = [item for item in self._late if everything or item[0] <= now]
            for item in due:
                self._late.remove(item)
        for _, _, commit in due:
            commit()
        return len(due)

    @property
    def open_since(self) -> str:
        """When the oldest change was asked for that is yet to be committed; empty without any."""
        with self._lock:
            return min([*self._in_progress, *(since for _, since, _ in self._late)], default="")

    def close(self) -> None:
        if self._store:
            self._store.close()

    def _open(self) -> None:
        """What the directory holds, if it was made from the same people; else a new one."""
        if self._store is None:
            found = database.open_newest(self.directory)
            if found and found.load("made_from") == self._marks():
                self._adopt(found)
                self._use(shape_from_json(found.load(SHAPE)))
                return
        self._create()

    def _create(self) -> None:
        shape = Shape()
        until = newest_row(self.marketo.store)

        def fill(connection: sqlite3.Connection) -> None:
            seed(connection, self.marketo, Schema(shape, for_humans=True))
            remember(connection, "made_from", self._marks())
            remember(connection, SHAPE, shape.as_json())
            remember(connection, CURSOR, until)

        self._use(shape)
        self._late.clear()
        self.usage.clear()
        self.cursors.clear()
        self._adopt(database.open_new(self.directory, fill))

    def _adopt(self, store: Store) -> None:
        self._store = store
        self._made_from = self._marks()
        self._followed = store.load(CURSOR)

    def _use(self, shape: Shape) -> None:
        self.shape = shape
        self.schema = Schema(shape, for_humans=False)
        self.human_schema = Schema(shape, for_humans=True)

    def _marks(self) -> list[object]:
        """What a database must have been made from to be used again."""
        marketo = self.marketo
        shape = marketo.settings.data_shape()
        return [database.SCHEMA_VERSION, marketo.store.path.name, *shape]
