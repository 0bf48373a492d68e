"""Faults to order: what the mail servers do wrong, for whom, and how often."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class FaultKind(StrEnum):
    """What goes wrong."""

    REFUSE = "refuse"  # SMTP answers `code` and `text` instead, IMAP says NO
    DISCONNECT = "disconnect"  # the connection breaks before the answer
    HANG = "hang"  # silence for `seconds`, then the normal answer
    BAD_PASSWORD = "bad_password"  # noqa: S105 - the right password is refused


class Stage(StrEnum):
    """Where it goes wrong."""

    SIGN_IN = "sign_in"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    IMAP = "imap"  # any IMAP command, the greeting first


@dataclass
class Fault:
    """One ordered fault."""

    kind: FaultKind
    at: Stage
    # Pattern with `*`: the recipient at rcpt and data, the sender at mail, else who signs in.
    address: str = "*"
    # The first `skip` that match go through, then `times` fail (0: all that follow).
    skip: int = 0
    times: int = 1
    code: int = 451
    text: str = "4.3.0 The sandbox was told to refuse this"
    seconds: float = 60.0
    # At data: whether the message is stored before the answer is lost or late.
    stored: bool = False
    id: int = 0
    hits: int = 0
    matches: int = 0


_ORDERABLE = {item.name for item in fields(Fault)} - {"id", "hits", "matches"}
_STAGES = {
    FaultKind.REFUSE: {Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.IMAP},
    FaultKind.DISCONNECT: set(Stage),
    FaultKind.HANG: set(Stage) - {Stage.SIGN_IN},
    FaultKind.BAD_PASSWORD: {Stage.SIGN_IN},
}


def parse_fault(order: Mapping[str, Any]) -> Fault:
    """A fault from a JSON order; raises ValueError for what is not understood."""
    if unknown := set(order) - _ORDERABLE:
        raise ValueError(f"A fault has no {min(unknown)!r}.")
    if not {"kind", "at"} <= set(order):
        raise ValueError("A fault needs its kind, and where it strikes: at.")
    fault = Fault(**{**order, "kind": FaultKind(order["kind"]), "at": Stage(order["at"])})
    if fault.at not in _STAGES[fault.kind]:
        raise ValueError(f"{fault.kind} does not happen at {fault.at}.")
    if not 400 <= fault.code <= 599:  # noqa: PLR2004 - SMTP's failures
        raise ValueError("A refusal has a code of 400 to 599.")
    return fault


class Faults:
    """The faults on order, asked once at every stage."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers: Iterator[int] = itertools.count(1)
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

    def take(self, at: Stage, address: str) -> Fault | None:
        """The fault that strikes here, if any."""
        if not self._ordered:
            return None
        with self._lock:
            ordered = [fault for fault in self._ordered if fault.at is at]
            return next((fault for fault in ordered if _strikes(fault, address.lower())), None)

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ordered]


def _strikes(fault: Fault, address: str) -> bool:
    if fault.times and fault.hits >= fault.times:
        return False
    if not fnmatchcase(address, fault.address.lower()):
        return False
    fault.matches += 1
    if fault.matches <= fault.skip:
        return False
    fault.hits += 1
    return True
