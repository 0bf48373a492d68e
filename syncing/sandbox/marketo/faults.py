"""Faults to order: which endpoint fails how, and how often."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from syncing.sandbox.marketo.envelope import Answer


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"  # HTTP 200 with an error body
    HTTP = "http"  # a bare HTTP status
    HANG = "hang"  # silence for some seconds, then the normal answer
    RESET = "reset"  # the connection breaks
    EMPTY = "empty"  # HTTP 200 with no body
    TRUNCATED_JSON = "truncated_json"  # half of the JSON, as if it were all
    TRUNCATED_FILE = "truncated_file"  # part of a file, then a broken connection
    REPEATED_TOKEN = "repeated_token"  # noqa: S105 - a paging token that leads nowhere
    NO_RESULT = "no_result"  # success, without the key `result`
    ODD_ROW = "odd_row"  # a page starts with a row that has other values, or lacks some
    NO_ROWS = "no_rows"  # success, with an empty result whatever there is
    DUPLICATE_ROWS = "duplicate_rows"  # a page starts with the last row of the page before
    EXPIRED_TOKEN = "expired_token"  # noqa: S105 - 602, the next token is a new one
    REVOKED_TOKEN = "revoked_token"  # noqa: S105 - 601, the next token is a new one
    MISSING_FILE = "missing_file"  # 404 for the file of a completed export
    RECORD = "record"  # one record of a call is refused, the others are taken


@dataclass
class Fault:
    """One ordered fault. `endpoint` is a pattern with `*` for the path of the URL."""

    kind: FaultKind
    endpoint: str = "*"
    # The first `skip` matching calls go through, then `times` calls fail (0: all that follow).
    skip: int = 0
    times: int = 1
    probability: float = 1.0
    # Whether the request takes effect before the answer is spoilt: error, http, hang and reset.
    committed: bool = False
    code: str = "611"
    message: str = "System error"
    status: int = 502
    seconds: float = 60.0
    bytes: int = 1000
    # What the odd row has instead of its own values, and which of them it lacks.
    values: dict[str, Any] = field(default_factory=dict)
    without: list[str] = field(default_factory=list)
    id: int = 0
    hits: int = 0
    matches: int = 0
    last_row: list[Any] = field(default_factory=list, repr=False)


_ORDERABLE = {item.name for item in fields(Fault)} - {"id", "hits", "matches", "last_row"}


def parse_fault(order: Mapping[str, Any]) -> Fault:
    """A fault from a JSON order; raises ValueError for what is not understood."""
    unknown = set(order) - _ORDERABLE
    if unknown:
        raise ValueError(f"A fault has no {min(unknown)!r}.")
    if "kind" not in order:
        raise ValueError("A fault needs its kind.")
    fault = Fault(**{**order, "kind": FaultKind(order["kind"])})
    if fault.kind is FaultKind.ODD_ROW and not (fault.values or fault.without):
        raise ValueError("An odd row needs 'values' or 'without'.")
    return fault


class Faults:
    """The faults on order, asked once for every call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._random = random.Random(1)
        self._ordered: list[Fault] = []

    def add(self, fault: Fault) -> int:
        with self._lock:
            ordered = replace(fault, id=next(self._numbers))
            self._ordered.append(ordered)
        return ordered.id

    def remove(self, fault_id: int) -> None:
        with self._lock:
            self._ordered = [fault for fault in self._ordered if fault.id != fault_id]

    def clear(self) -> None:
        with self._lock:
            self._ordered = []

    def take(self, path: str) -> Fault | None:
        """The fault that strikes this call, if any."""
        return self._first(path, (kind for kind in FaultKind if kind is not FaultKind.RECORD))

    def take_record(self, path: str) -> Fault | None:
        """The fault that strikes the next record of a call, if any; it counts records."""
        return self._first(path, (FaultKind.RECORD,))

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ordered]

    def _first(self, path: str, kinds: Iterable[FaultKind]) -> Fault | None:
        wanted = set(kinds)
        with self._lock:
            ordered = (fault for fault in self._ordered if fault.kind in wanted)
            return next((fault for fault in ordered if self._strikes(fault, path)), None)

    def _strikes(self, fault: Fault, path: str) -> bool:
        if fault.times and fault.hits >= fault.times:
            return False
        if not fnmatchcase(path, fault.endpoint):
            return False
        fault.matches += 1
        if fault.matches <= fault.skip or self._random.random() >= fault.probability:
            return False
        fault.hits += 1
        return True


def spoil_page(fault: Fault, found: Answer, token: str | None) -> Answer:
    """A page as a faulty server would give it: the same token again, or the wrong rows."""
    if fault.kind is FaultKind.REPEATED_TOKEN and token:
        more = None if found.more_result is None else True
        return replace(found, next_page_token=token, more_result=more)
    if fault.kind is FaultKind.NO_RESULT:
        return replace(found, result=None)
    if found.result is None:
        return found
    rows = _spoilt_rows(fault, json.loads(found.result))
    return replace(found, result=json.dumps(rows, ensure_ascii=False))


def _spoilt_rows(fault: Fault, rows: list[Any]) -> list[Any]:
    match fault.kind:
        case FaultKind.NO_ROWS:
            return []
        case FaultKind.DUPLICATE_ROWS:
            again, fault.last_row = fault.last_row, rows[-1:]
            return [*again, *rows]
        case FaultKind.ODD_ROW if rows:
            kept = {name: rows[0][name] for name in rows[0] if name not in fault.without}
            return [kept | fault.values, *rows[1:]]
    return rows
