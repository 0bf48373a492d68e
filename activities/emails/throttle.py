"""So many emails in so many seconds by one channel, whatever the number of workers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from activities.emails.channels import queue_of
from activities.emails.failures import Code, Pace, Wait
from activities.emails.models import DeliveryChannel


def take_slot(*, channel: DeliveryChannel, now: datetime) -> Wait | None:
    """Count one more email in the channel's window, in the caller's transaction, which holds the
    row's lock to its end. When the window is full, say until when.
    """
    if not channel.throttle_emails:
        return None
    row = DeliveryChannel.objects.select_for_update(no_key=True, of=("self",)).get(pk=channel.pk)
    length = timedelta(seconds=row.throttle_seconds)
    started, count = row.window_started_at, row.window_emails
    # Workers' clocks differ a little; a window far ahead is one from before the clock was set back.
    if started is None or abs(now - started) >= length:
        started, count = now, 0
    if count >= row.throttle_emails:
        words = _("The mail server gets %(emails)d emails in %(seconds)d seconds.")
        return Wait(
            Code.THROTTLED,
            words % {"emails": row.throttle_emails, "seconds": row.throttle_seconds},
            started + length,
            queue_of(row),
            Pace(row.throttle_emails, length),
        )
    DeliveryChannel.objects.filter(pk=row.pk).update(
        window_started_at=started, window_emails=count + 1
    )
    return None
