"""What a provider of bridged calls does: it rings the seller, then the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise


class CallFailed(Exception):
    """The provider did not start the call; the text says why, for the seller."""


class CallUnclear(CallFailed):
    """The provider did not answer, and may have started the call all the same."""


class NotGenuine(Exception):
    """A report whose signature or time is not the provider's, or that can't be read."""


@dataclass(frozen=True, kw_only=True)
class CallReport:
    """What the provider says of a call. `sequence` counts the reports of one call upwards."""

    provider_call_id: str
    sequence: int
    # One of `Call.Status` when the call is over, else empty.
    status: str
    duration_seconds: int | None
    recording_url: str


class CallProvider(Protocol):
    label: str | Promise

    def start(self, *, seller: str, person: str, callback_url: str, key: str) -> str:
        """Bridge two numbers (E.164) and return the provider's id of the call.

        The same `key` never starts a second call. Reports go to `callback_url`.
        Raises CallFailed; CallUnclear when it may have been started.
        """

    def read_report(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> CallReport:
        """Verify and read a report. Raises NotGenuine."""
