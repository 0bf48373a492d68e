"""One Marketo instance: its data, its state and its switches."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.export_jobs import ExportRunner
from syncing.sandbox.marketo.faults import Faults
from syncing.sandbox.marketo.journal import DAYS_KEPT, Journal
from syncing.sandbox.marketo.limits import Limits
from syncing.sandbox.marketo.seed import seed
from syncing.sandbox.marketo.settings import InstanceSettings
from syncing.sandbox.marketo.store import SCHEMA_VERSION, Store, open_new, open_newest, remember
from syncing.sandbox.marketo.tokens import Tokens


class Instance:
    """Opened from a directory, which it fills from the seed when it holds no such data yet."""

    def __init__(self, directory: Path, settings: InstanceSettings) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.settings = settings
        self.start_settings = settings
        self.clock = Clock()
        self.faults = Faults()
        self.journal = Journal()
        self.limits = Limits(self.clock, self.journal)
        self.tokens = Tokens(self.clock)
        self.store = self._open_store()
        self.clock.offset_seconds = self.store.load("clock_offset") or 0.0
        self.tokens.load(self.store)
        self.journal.load(self.store)
        self.exports = ExportRunner(self)

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Switch at run time; raises ValueError for what does not exist or is fixed."""
        changed = self.settings.changed(changes)
        if changed.data_shape() != self.settings.data_shape():
            raise ValueError("The data shape changes with a reset only.")
        self.settings = changed

    def reset(self, changes: Mapping[str, Any]) -> None:
        """Begin again: fresh data, the settings of the start with these changes, no faults."""
        self.settings = self.start_settings.changed(changes)
        self.clock.offset_seconds = 0.0
        self.faults.clear()
        self.journal.clear()
        self.limits.clear()
        self.store = self._seeded_store()
        self.tokens.revoke(self.store)
        self.exports.clear()

    def advance_clock(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.store.remember("clock_offset", self.clock.offset_seconds)

    def save(self) -> None:
        """Write down what lives in memory."""
        self.journal.flush(self.store, days=self.clock.quota_days(DAYS_KEPT))

    def close(self) -> None:
        self.exports.stop()
        self.save()
        self.store.close()

    def _open_store(self) -> Store:
        """What the directory holds, if it was made from the same seed; else a new one."""
        found = open_newest(self.directory)
        if found and found.load("seeded") == self._seed_marks():
            return found
        return self._seeded_store()

    def _seeded_store(self) -> Store:
        def fill(connection: sqlite3.Connection) -> None:
            seed(connection, self.settings, self.clock)
            remember(connection, "seeded", self._seed_marks())

        return open_new(self.directory, fill)

    def _seed_marks(self) -> list[float]:
        """What a database must have been made with to be used again."""
        return [SCHEMA_VERSION, *self.settings.data_shape()]
