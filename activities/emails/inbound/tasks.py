"""Celery's door to reading mailboxes."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from activities.emails.inbound import poll
from activities.emails.models import DeliveryChannel

# A minute later comes the next one.
EXPIRES_SECONDS = 60


@shared_task
def poll_mailboxes(**_: object) -> None:
    """Each mailbox is a task of its own: a slow server holds up nobody else's."""
    for channel_id in poll.pollable(now=timezone.now()).values_list("pk", flat=True):
        poll_mailbox.apply_async(kwargs={"channel_id": channel_id}, expires=EXPIRES_SECONDS)


@shared_task(soft_time_limit=4 * 60, time_limit=5 * 60)
def poll_mailbox(*, channel_id: int, **_: object) -> None:
    channel = DeliveryChannel.objects.select_related("user").filter(pk=channel_id).first()
    if channel:
        poll.poll_mailbox(channel=channel, now=timezone.now())
