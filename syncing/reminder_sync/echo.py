"""Telling what the sync itself writes from what people do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_written: ContextVar[int | None] = ContextVar("reminder_written_by_the_sync", default=None)


@contextmanager
def writing(reminder_id: int) -> Iterator[None]:
    """What happens to this reminder, and no other, in the block is no news."""
    token = _written.set(reminder_id)
    try:
        yield
    finally:
        _written.reset(token)


def is_echo(reminder_id: int) -> bool:
    return _written.get() == reminder_id
