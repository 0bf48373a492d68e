"""One run at a time, and one writer of opt-outs at a time.

Locks of the database session: they are gone with the worker, however that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg2.errors import LockNotAvailable

RUNS = 0x756E7375
WRITERS = 0x756E7376


class Busy(Exception):
    """Somebody else had the lock for all the time there was."""


@contextmanager
def only_one(key: int) -> Iterator[bool]:
    """Whether the lock is ours, for the length of the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            _give_back(key)


@contextmanager
def in_turn(key: int, *, seconds: float) -> Iterator[None]:
    """Wait for the lock, behind all who wait already; raises Busy after so many seconds."""
    try:
        # The limit holds for this transaction, the lock outlasts it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds:.3f}s"])
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    try:
        yield
    finally:
        _give_back(key)


def _give_back(key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
