"""The sandbox's own clock, which a test may move forward."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

# Marketo's day, and with it every daily quota, ends at midnight Central Time.
QUOTA_ZONE = ZoneInfo("America/Chicago")
STAMP = "%Y-%m-%dT%H:%M:%SZ"


class Clock:
    """Real time plus an offset."""

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    def timestamp(self) -> float:
        return time.time() + self.offset_seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def stamp(self, *, ago: timedelta = timedelta()) -> str:
        """Now, or some time ago, as the API writes it."""
        return (self.now() - ago).strftime(STAMP)

    def quota_day(self) -> str:
        return self.now().astimezone(QUOTA_ZONE).date().isoformat()

    def quota_days(self, count: int) -> list[str]:
        """The last days up to today, newest first."""
        today = self.now().astimezone(QUOTA_ZONE).date()
        return [(today - timedelta(days=back)).isoformat() for back in range(count)]

    def advance(self, seconds: float) -> None:
        self.offset_seconds += seconds


def quota_day_of(stamp: str) -> str:
    """The quota day that an API timestamp falls on."""
    return datetime.fromisoformat(stamp).astimezone(QUOTA_ZONE).date().isoformat()
