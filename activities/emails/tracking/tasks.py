"""Celery entry points of tracking."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from activities.emails.tracking import judging


@shared_task(soft_time_limit=60, time_limit=90)
def judge_hits(**_: Any) -> None:
    """Judge what readers and machines opened since the last time."""
    judging.judge_hits(now=timezone.now())
