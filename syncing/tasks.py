"""Celery's door to the people sync."""

from __future__ import annotations

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from syncing.people_sync.engine import advance


@shared_task
def advance_people_sync(**_: object) -> None:
    """Do a slice of whatever the people sync has due, and come back at once if there is more.

    Returns at once when another worker is at it.
    """
    has_more = advance(now=timezone.now())
    if has_more:
        advance_people_sync.apply_async()


def nudge() -> None:
    """Have the sync look for work after the commit; if the broker is away, the next tick does."""
    transaction.on_commit(_send_tick, robust=True)


def _send_tick() -> None:
    advance_people_sync.apply_async(retry=False, expires=60)
