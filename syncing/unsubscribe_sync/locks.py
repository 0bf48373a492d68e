"""One run at a time, and one writer of opt-outs at a time.

Locks of the database session: they are gone with the worker, however that ends.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

RUNS = 0x756E7375
WRITERS = 0x756E7376
LOOK_EVERY = 0.1


class Busy(Exception):
    """Somebody else had the lock for all the time there was."""


@contextmanager
def only_one(key: int) -> Iterator[bool]:
    """Whether the lock is ours, for the length of the block."""
    is_ours = _try(key)
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def in_turn(key: int, *, seconds: float) -> Iterator[None]:
    """Wait for the lock; raises Busy after so many seconds."""
    give_up_at = time.monotonic() + seconds
    while True:
        with only_one(key) as is_ours:
            if is_ours:
                yield
                return
        if time.monotonic() > give_up_at:
            raise Busy
        time.sleep(LOOK_EVERY)


def _try(key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        return bool(cursor.fetchone()[0])
