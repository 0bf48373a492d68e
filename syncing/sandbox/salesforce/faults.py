"""Faults to order: which request or record fails how, and how often."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"  # `status` with Salesforce's JSON: `code` and `message`
    HTTP = "http"  # `status` with a page of HTML, or with no body
    RESET = "reset"  # the connection breaks
    HANG = "hang"  # silence for `seconds`, then the normal answer
    LATE_COMMIT = "late_commit"  # the connection breaks; the change is made `seconds` later
    TRUNCATED = "truncated"  # half of the body, then the connection breaks
    EXPIRED_SESSION = "expired_session"  # 401, for the caller's session is over
    RECORD = "record"  # one record is refused with `code` and `message`
    RACE = "race"  # somebody else creates the same key first, with the same values


RECORD_KINDS = {FaultKind.RECORD, FaultKind.RACE}


@dataclass
class Fault:
    """One ordered fault. `path` is a pattern with `*` for the path of the URL."""

    kind: FaultKind
    path: str = "*"
    method: str = "*"
    # The first `skip` that match go through, then `times` fail (0: all that follow).
    skip: int = 0
    times: int = 1
    probability: float = 1.0
    # Whether the request takes effect before the answer is spoilt: error, http, reset, hang.
    committed: bool = False
    status: int = 503
    code: str = "SERVER_UNAVAILABLE"
    message: str = "The sandbox was told to refuse this"
    html: bool = True
    seconds: float = 60.0
    # For records: of this object, and only those that set this field.
    object: str = "*"
    field: str = "*"
    id: int = 0
    hits: int = 0
    matches: int = 0


_ORDERABLE = {item.name for item in fields(Fault)} - {"id", "hits", "matches"}


def parse_fault(order: Mapping[str, Any]) -> Fault:
    """A fault from a JSON order; raises ValueError for what is not understood."""
    if unknown := set(order) - _ORDERABLE:
        raise ValueError(f"A fault has no {min(unknown)!r}.")
    if "kind" not in order:
        raise ValueError("A fault needs its kind.")
    fault = Fault(**{**order, "kind": FaultKind(order["kind"])})
    if not 300 <= fault.status <= 599:  # noqa: PLR2004 - HTTP's failures
        raise ValueError("A fault has a status of 300 to 599.")
    return fault


class Faults:
    """The faults on order, asked once for every request and once for every record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Iterator[int] = itertools.count(1)
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
            self._random.seed(1)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        if not self._ordered:
            return None
        with self._lock:
            return next(
                (
                    fault
                    for fault in self._ordered
                    if fault.kind not in RECORD_KINDS
                    and fnmatchcase(path, fault.path)
                    and fnmatchcase(method, fault.method)
                    and self._strikes(fault)
                ),
                None,
            )

    def take_record(
        self, kind: FaultKind, object_name: str, field_names: Collection[str]
    ) -> Fault | None:
        """The fault that strikes the next record, if any."""
        if not self._ordered:
            return None
        with self._lock:
            return next(
                (
                    fault
                    for fault in self._ordered
                    if fault.kind is kind
                    and fnmatchcase(object_name, fault.object)
                    and (fault.field == "*" or fault.field in field_names)
                    and self._strikes(fault)
                ),
                None,
            )

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ordered]

    def _strikes(self, fault: Fault) -> bool:
        if fault.times and fault.hits >= fault.times:
            return False
        fault.matches += 1
        if fault.matches <= fault.skip or self._random.random() >= fault.probability:
            return False
        fault.hits += 1
        return True
