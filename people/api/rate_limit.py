"""How many calls a caller may make in a minute, counted in Redis for all processes together."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.core.cache import cache

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left for a caller after the call that was just counted."""

    limit: int
    used: int
    seconds_left: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.limit - self.used, 0)),
            "X-RateLimit-Reset": str(self.seconds_left),
        }


def count_call(caller: str, *, limit: int) -> Allowance:
    """Count one call of `caller` in the running minute; Redis increments atomically.

    The key outlives its minute, so it cannot expire between the two commands.
    """
    window, elapsed = divmod(int(time.time()), WINDOW_SECONDS)
    key = f"api-calls:{caller}:{window}"
    cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
    return Allowance(limit, used=cache.incr(key), seconds_left=WINDOW_SECONDS - elapsed)
