"""Celery's door to the sync of unsubscribes."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from syncing.unsubscribe_sync.pushes import push_due
from syncing.unsubscribe_sync.schedule import advance, forget_old_runs


@shared_task
def push_unsubscribes(**_: object) -> None:
    """Push what is due, and come back at once if there is more."""
    if push_due(now=timezone.now()):
        push_unsubscribes.apply_async(expires=60)


# A run over millions takes its time; Redis gives what is not done within an hour to another.
@shared_task(soft_time_limit=45 * 60, time_limit=50 * 60)
def sync_unsubscribes(**_: object) -> None:
    """Do the run that is due, if one is."""
    advance(now=timezone.now())


@shared_task
def forget_old_unsubscribe_runs(**_: object) -> None:
    forget_old_runs(now=timezone.now())
