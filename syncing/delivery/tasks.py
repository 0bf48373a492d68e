"""Celery's door to the delivery of activities."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from syncing.delivery.sweep import sweep


@shared_task
def sweep_deliveries(**_: object) -> None:
    """Deliver what is due, and come back at once if there is more."""
    if sweep(now=timezone.now()):
        sweep_deliveries.apply_async()
