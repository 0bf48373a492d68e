"""Have what is due sent right after the commit, without waiting for the next sweep."""

from __future__ import annotations

from celery import current_app
from django.db import transaction

SEND_TASK = "activities.emails.tasks.send_due_emails"


def nudge() -> None:
    """If the broker is away, the next sweep does it."""
    transaction.on_commit(send_tick, robust=True)


def send_tick() -> None:
    current_app.send_task(SEND_TASK, retry=False, expires=60)
