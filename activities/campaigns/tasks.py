"""Celery's door to the sweep. Any number of workers may come at once."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from activities.campaigns.sweep import advance_due, stop_removed_people


@shared_task
def advance_campaigns(**_: object) -> None:
    advance_due(now=timezone.now())


@shared_task
def leave_removed_people(**_: object) -> None:
    stop_removed_people(now=timezone.now())
