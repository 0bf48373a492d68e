"""How many API calls were made in the last 24 hours."""

from __future__ import annotations

import threading
from collections import deque

from syncing.sandbox.marketo.clock import Clock

WINDOW_SECONDS = 86_400


class Usage:
    """A rolling count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()

    def add(self, calls: int = 1) -> None:
        with self._lock:
            self._calls.extend([self._clock.timestamp()] * calls)

    def total(self) -> int:
        with self._lock:
            begin = self._clock.timestamp() - WINDOW_SECONDS
            while self._calls and self._calls[0] <= begin:
                self._calls.popleft()
            return len(self._calls)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
