"""Readings are kept for a while, so that a click on a week does not read Marketo again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from syncing.smart_grid.reading import Reading, new_reading, read_on

KEPT_SECONDS = 15 * 60


def read_anew(leads: Sequence[int], *, user_id: int, now: datetime) -> Reading:
    """What Marketo says now, kept for this user."""
    reading = new_reading(leads, now=now)
    return _read(reading, leads, user_id=user_id, now=now)


def kept_reading(leads: Sequence[int], *, user_id: int, goes_on: bool, now: datetime) -> Reading:
    """What this user read of these leads a while ago, read on if wanted; a new one if forgotten."""
    try:
        reading: Reading | None = cache.get(_key(leads, user_id))
    except RedisError:
        reading = None
    if reading is None:
        return read_anew(leads, user_id=user_id, now=now)
    return _read(reading, leads, user_id=user_id, now=now) if goes_on else reading


def _read(reading: Reading, leads: Sequence[int], *, user_id: int, now: datetime) -> Reading:
    read_on(reading, now=now)
    with suppress(RedisError):  # the next click reads anew
        cache.set(_key(leads, user_id), reading, KEPT_SECONDS)
    return reading


def _key(leads: Sequence[int], user_id: int) -> str:
    of_leads = hashlib.sha256(",".join(map(str, leads)).encode()).hexdigest()
    return f"smart-grid:{user_id}:{of_leads}"
