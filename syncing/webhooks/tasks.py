"""Celery's door to webhooks."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from syncing.webhooks.services import forget_old_messages
from syncing.webhooks.sweep import sweep


@shared_task
def sweep_webhooks(**_: object) -> None:
    """Send what is due, and come back at once if there is more."""
    if sweep(now=timezone.now()):
        sweep_webhooks.apply_async()


@shared_task
def forget_old_webhook_messages(**_: object) -> None:
    forget_old_messages(now=timezone.now())
