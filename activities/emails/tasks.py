"""Celery's door to sending."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from activities.emails.nudging import send_tick
from activities.emails.sending import send_due_in_lanes

AT_ONCE = 500


@shared_task
def send_due_emails(**_: object) -> None:
    """Send what is due, and come back at once if there is more."""
    if send_due_in_lanes(now=timezone.now(), limit=AT_ONCE) >= AT_ONCE:
        send_tick()
