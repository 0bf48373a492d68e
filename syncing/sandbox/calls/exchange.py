"""The calls: how each one goes, reported status by status."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from syncing.sandbox.calls.webhooks import post_webhook

CALLS_KEPT = 500
_REQUIRED = ("from", "to", "callback_url")


class Outcome(StrEnum):
    """How a call ends."""

    COMPLETED = "completed"
    NO_ANSWER = "no-answer"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class Plan:
    """How the next calls go."""

    outcome: Outcome = Outcome.COMPLETED
    duration_seconds: int = 42
    # Between two statuses.
    pace_seconds: float = 1.0

    def changed(self, changes: Mapping[str, Any]) -> Plan:
        """Raises ValueError for what is not understood."""
        if unknown := set(changes) - {item.name for item in fields(Plan)}:
            raise ValueError(f"A plan has no {min(unknown)!r}.")
        plan = replace(self, **changes)
        return replace(
            plan,
            outcome=Outcome(plan.outcome),
            duration_seconds=int(plan.duration_seconds),
            pace_seconds=float(plan.pace_seconds),
        )

    def statuses(self) -> list[str]:
        match self.outcome:
            case Outcome.FAILED:
                return ["failed"]
            case Outcome.COMPLETED:
                return ["ringing", "in-progress", "completed"]
        return ["ringing", self.outcome]


@dataclass
class Call:
    """One call and what was reported of it."""

    id: str
    seller: str
    prospect: str
    callback_url: str
    # The starter's own, with which asking again starts no second call.
    key: str
    status: str = "queued"
    # The webhooks so far, each with the HTTP status that answered it; 0 when nobody did.
    reports: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "status": self.status, "from": self.seller, "to": self.prospect}


class Exchange:
    """Starts calls and lets each run its course in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}
        self.plan = Plan()

    def start(
        self, order: Mapping[str, Any], *, key: str, base_url: str
    ) -> tuple[dict[str, Any], bool]:
        """The call as it is, and whether it is a new one. Raises ValueError for a wrong order."""
        for name in _REQUIRED:
            if not isinstance(order.get(name), str) or not order[name]:
                raise ValueError(f"A call needs {name!r}.")
        if not order["callback_url"].startswith(("http://", "https://")):
            raise ValueError("'callback_url' is no web address.")
        with self._lock:
            known = next((call for call in self._calls.values() if key and call.key == key), None)
            if known:
                return known.as_dict(), False
            call = Call(
                id=f"call-{secrets.token_hex(8)}",
                seller=order["from"],
                prospect=order["to"],
                callback_url=order["callback_url"],
                key=key,
            )
            self._calls[call.id] = call
            self._forget_oldest()
        started = call.as_dict()
        course = threading.Thread(target=self._run, args=(call, self.plan, base_url), daemon=True)
        course.start()
        return started, True

    def call(self, call_id: str) -> Call:
        """Raises LookupError when there is none."""
        with self._lock:
            if call_id not in self._calls:
                raise LookupError(f"There is no call {call_id!r}.")
            return self._calls[call_id]

    def listed(self) -> list[dict[str, Any]]:
        """The newest first."""
        with self._lock:
            return [asdict(call) for call in reversed(self._calls.values())]

    def _run(self, call: Call, plan: Plan, base_url: str) -> None:
        for sequence, status in enumerate(plan.statuses(), start=1):
            time.sleep(plan.pace_seconds)
            call.status = status
            body = {
                "id": call.id,
                "status": status,
                "sequence": sequence,
                "happened_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                **_details(call, plan, base_url),
            }
            call.reports.append(body | {"answered": post_webhook(call.callback_url, body)})

    def _forget_oldest(self) -> None:
        for call_id in list(self._calls)[:-CALLS_KEPT]:
            del self._calls[call_id]


def _details(call: Call, plan: Plan, base_url: str) -> dict[str, Any]:
    match call.status:
        case "in-progress":
            return {"answered_by": "human"}
        case "completed":
            return {
                "duration_seconds": plan.duration_seconds,
                "answered_by": "human",
                "recording_url": f"{base_url}/calls/{call.id}/recording",
            }
        case "failed":
            return {"reason": "The number is not in service."}
    return {}
