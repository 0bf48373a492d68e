"""How long to keep trying: the one retry layer of the client."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass

from syncing.errors import Transient
from syncing.marketo.budget import Priority


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a caller is, in seconds; `longest_read` is how long one answer may take."""

    tries: int
    patience: float
    longest_wait: float
    longest_read: float


PACES = {
    # A worker has time, but what takes minutes is for the schedule to repeat.
    Priority.BACKGROUND: Pace(tries=5, patience=180, longest_wait=30, longest_read=310),
    # Somebody sits in front of a page.
    Priority.INTERACTIVE: Pace(tries=3, patience=15, longest_wait=5, longest_read=20),
}


class TokenRejected(Transient):
    """601 or 602: a new token is worth one more try at once."""


class Retries:
    """Waits after each failure of one call, longer every time, until it is enough."""

    def __init__(self, pace: Pace, *, deadline: float = math.inf) -> None:
        """`deadline` is on the monotonic clock."""
        self._pace = pace
        self._failures = 0
        self._has_refreshed = False
        self._deadline = min(time.monotonic() + pace.patience, deadline)

    @property
    def patience(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def wait_after(self, error: Transient) -> None:
        """Wait before the next try; raises `error` when there should be none."""
        if isinstance(error, TokenRejected) and not self._has_refreshed:
            self._has_refreshed = True
            return
        self._failures += 1
        least = 2**self._failures / 8 if error.retry_after is None else error.retry_after
        wait = least * random.uniform(1, 1.25)  # noqa: S311
        if self._failures >= self._pace.tries or wait > min(self._pace.longest_wait, self.patience):
            raise error
        time.sleep(wait)
