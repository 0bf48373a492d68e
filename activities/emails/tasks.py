"""Celery's door to sending."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from activities.emails.nudging import send_tick
from activities.emails.sending import send_due_in_lanes

AT_ONCE = 500


# With time for whoever is begun last: what a lease allows, and one more email.
@shared_task(soft_time_limit=30 * 60, time_limit=35 * 60)
def send_due_emails(**_: object) -> None:
    """Send what is due, and come back at once if there is more."""
    if send_due_in_lanes(now=timezone.now(), limit=AT_ONCE) >= AT_ONCE:
        send_tick()
