"""What was asked: recent requests, calls by endpoint, and the usage that the API reports."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

from syncing.sandbox.marketo.store import Store

DAYS_KEPT = 8


@dataclass(frozen=True)
class Entry:
    """One answered request."""

    at: str
    method: str
    path: str
    status: int
    code: str
    milliseconds: float
    request_id: str
    fault: str


class Journal:
    """Counts live in memory; `flush` writes the daily ones to the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[Entry] = deque(maxlen=200)
        self._endpoints: Counter[str] = Counter()
        # By day, by kind (calls or errors), and by user or error code.
        self._daily: Counter[tuple[str, str, str]] = Counter()
        self._unsaved = False

    def load(self, store: Store) -> None:
        with store.reading() as connection:
            rows = connection.execute("SELECT day, kind, name, count FROM usage").fetchall()
        for row in rows:
            self._daily[row["day"], row["kind"], row["name"]] = row["count"]

    def flush(self, store: Store, *, days: list[str]) -> None:
        """Save the daily counts, and forget the days that are not listed."""
        with self._lock:
            if not self._unsaved:
                return
            self._unsaved = False
            for key in [key for key in self._daily if key[0] not in days]:
                del self._daily[key]
            rows = [(*key, count) for key, count in self._daily.items()]
        with store.writing() as connection:
            connection.execute("DELETE FROM usage")
            connection.executemany("INSERT INTO usage VALUES (?, ?, ?, ?)", rows)

    def clear(self) -> None:
        with self._lock:
            self._recent.clear()
            self._endpoints.clear()
            self._daily.clear()
            self._unsaved = True

    def record(self, entry: Entry, endpoint: str) -> None:
        with self._lock:
            self._recent.appendleft(entry)
            self._endpoints[endpoint] += 1

    def count(self, day: str, kind: str, name: str) -> None:
        with self._lock:
            self._daily[day, kind, name] += 1
            self._unsaved = True

    def total(self, day: str, kind: str) -> int:
        return sum(self.by_name(day, kind).values())

    def by_name(self, day: str, kind: str) -> dict[str, int]:
        with self._lock:
            return {
                name: count
                for (on, what, name), count in self._daily.items()
                if on == day and what == kind and count
            }

    def by_endpoint(self) -> dict[str, int]:
        with self._lock:
            return dict(self._endpoints.most_common())

    def recent(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(entry) for entry in self._recent]
