"""Locks of the database session: they are gone with the worker, however that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg2.errors import LockNotAvailable


class Busy(Exception):
    """Somebody else had the lock for all the time there was."""


@contextmanager
def only_one(*key: int) -> Iterator[bool]:
    """Whether the lock with this key, of one number or two, is ours for the length of the block."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_places(key)})", key)
        (is_ours,) = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours:
            _give_back(key)


@contextmanager
def in_turn(*key: int, seconds: float = 0) -> Iterator[None]:
    """Wait for the lock, behind all who wait already; with `seconds` raises Busy after so many."""
    try:
        # The limit holds for this transaction, the lock outlasts it.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds:.3f}s"])
            cursor.execute(f"SELECT pg_advisory_lock({_places(key)})", key)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Busy from error
        raise
    try:
        yield
    finally:
        _give_back(key)


def _give_back(key: tuple[int, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_unlock({_places(key)})", key)


def _places(key: tuple[int, ...]) -> str:
    return ", ".join(["%s"] * len(key))
