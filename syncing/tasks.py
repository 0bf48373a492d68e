"""Celery's door to the people sync."""

from celery import shared_task


@shared_task(queue="inbound")
def advance_people_sync(**_: object) -> None:
    """Do whatever the people sync has due; returns at once when another worker is at it."""
