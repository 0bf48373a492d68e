"""Celery's door to the sync of reminders."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from syncing.reminder_sync.engine import sync


@shared_task
def sync_reminders(**_: object) -> None:
    """Send what was changed here, and every minute take in what was changed there."""
    sync(now=timezone.now())
