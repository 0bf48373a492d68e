"""Celery's door to the upkeep of the log."""

from __future__ import annotations

from celery import shared_task

from activities.api.idempotency import forget_old_requests


@shared_task
def forget_old_idempotent_requests(**_: object) -> None:
    forget_old_requests()
