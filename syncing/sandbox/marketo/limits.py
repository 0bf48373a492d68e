"""The instance's limits: calls in a rolling window, calls at once, calls a day."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.envelope import MarketoError
from syncing.sandbox.marketo.journal import Journal
from syncing.sandbox.marketo.settings import InstanceSettings

# Errors that Marketo counts neither against the daily quota nor against the rate limit.
UNCOUNTED_CODES = {"601", "602", "604", "605", "608", "611"}


class Limits:
    """One per instance, shared by all who call it."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        self._clock = clock
        self._journal = journal
        self._lock = threading.Lock()
        self._window: deque[float] = deque()
        self._in_flight = 0

    @contextmanager
    def call(self, settings: InstanceSettings) -> Iterator[None]:
        """Count one call; raises 606, 607 or 615 when it is one too many.

        The day's total grows when the call is done: what asks for the usage is not in it yet.
        """
        day = self._clock.quota_day()
        moment = self._clock.timestamp()
        is_counted = True
        with self._lock:
            self._in_flight += 1
            self._window.append(moment)
        try:
            if settings.limits:
                self._check(settings, day)
            yield
        except MarketoError as error:
            is_counted = error.code not in UNCOUNTED_CODES
            raise
        finally:
            self._finish(moment, is_counted=is_counted)
            if is_counted:
                self._journal.count(day, "calls", settings.api_user)

    def clear(self) -> None:
        with self._lock:
            self._window.clear()

    def state(self, settings: InstanceSettings) -> dict[str, int]:
        with self._lock:
            self._drop_old(settings)
            calls, in_flight = len(self._window), self._in_flight
        today = self._journal.total(self._clock.quota_day(), "calls")
        return {"in_window": calls, "in_flight": in_flight, "today": today}

    def _check(self, settings: InstanceSettings, day: str) -> None:
        with self._lock:
            self._drop_old(settings)
            calls, in_flight = len(self._window), self._in_flight
        if in_flight > settings.concurrent_calls:
            raise MarketoError(
                "615", f"Concurrent access limit '{settings.concurrent_calls}' reached"
            )
        if calls > settings.rate_calls:
            raise MarketoError(
                "606",
                f"Max rate limit '{settings.rate_calls}' exceeded"
                f" with in '{settings.rate_seconds:g}' secs",
            )
        if self._journal.total(day, "calls") + in_flight > settings.daily_calls:
            raise MarketoError("607", f"Daily API quota reached for '{settings.daily_calls}'")

    def _drop_old(self, settings: InstanceSettings) -> None:
        horizon = self._clock.timestamp() - settings.rate_seconds
        while self._window and self._window[0] <= horizon:
            self._window.popleft()

    def _finish(self, moment: float, *, is_counted: bool) -> None:
        with self._lock:
            self._in_flight -= 1
            if not is_counted and moment in self._window:
                self._window.remove(moment)
