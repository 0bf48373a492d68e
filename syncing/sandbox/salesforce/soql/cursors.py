"""Results that are read page by page."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections import OrderedDict

from syncing.sandbox.salesforce.errors import SalesforceError
from syncing.sandbox.salesforce.soql.compiler import Compiled

CURSORS_KEPT = 20


class Cursors:
    """The newest results; older ones are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: OrderedDict[str, tuple[Compiled, list[sqlite3.Row]]] = OrderedDict()

    def keep(self, compiled: Compiled, rows: list[sqlite3.Row]) -> str:
        with self._lock:
            name = f"01g5g{next(self._numbers):010}"
            self._open[name] = compiled, rows
            while len(self._open) > CURSORS_KEPT:
                self._open.popitem(last=False)
        return name

    def get(self, name: str) -> tuple[Compiled, list[sqlite3.Row]]:
        with self._lock:
            if name not in self._open:
                raise SalesforceError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            self._open.move_to_end(name)
            return self._open[name]

    def clear(self) -> None:
        with self._lock:
            self._open.clear()
