"""Celery's door to logging in Salesforce."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from syncing.task_logging.reconcile import reconcile
from syncing.task_logging.sweep import sweep


@shared_task
def sweep_task_logging(**_: object) -> None:
    """Log what is due, and come back at once if there is more."""
    if sweep(now=timezone.now()):
        sweep_task_logging.apply_async()


@shared_task
def reconcile_tasks(**_: object) -> None:
    """Every night."""
    reconcile(now=timezone.now())
