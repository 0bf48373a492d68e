"""Reading mailboxes, message by message, from where the last poll ended."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from activities.emails.channels import may_be_private
from activities.emails.imap import ImapFailure, ImapRefused, Mailbox, open_mailbox
from activities.emails.inbound.fetching import (
    BROKEN_CONVERSATION,
    Fetched,
    fetch,
    first_uid_since,
    numbering_of,
    uids_after,
)
from activities.emails.inbound.reading import Incoming, Unreadable, read_message
from activities.emails.inbound.receiving import Place, receive
from activities.emails.models import DeliveryChannel, MailboxCursor
from people.session_locks import only_one

logger = logging.getLogger(__name__)

# More wait for the next poll, so that none takes long.
MESSAGES_AT_ONCE = 200
# After a refusal nothing helps but other settings; asking all the time would lock the account.
RETRY_AFTER_REFUSAL = timedelta(hours=1)
# The first half of the key of the advisory locks on mailboxes.
MAILBOX_LOCK = 1_835_100_524


def poll_mailboxes(*, now: datetime) -> int:
    """Read what is new in all mailboxes; how many messages were looked at."""
    return sum(poll_mailbox(channel=channel, now=now) for channel in pollable(now=now))


def pollable(*, now: datetime) -> QuerySet[DeliveryChannel]:
    """Channels whose mailbox is worth asking, whichever was asked longest ago first."""
    of_active = Q(user=None) | Q(user__is_active=True)
    channels = DeliveryChannel.objects.filter(of_active).exclude(imap_host="")
    channels = channels.exclude(cursor__retry_at__gt=now).select_related("user")
    asked_at = Greatest("cursor__polled_at", "cursor__failed_at")
    return channels.order_by(asked_at.asc(nulls_first=True), "pk")


def poll_mailbox(*, channel: DeliveryChannel, now: datetime) -> int:
    """Read what is new in one mailbox; nothing while another worker is at it.

    What fails is noted with the cursor, in words. The first poll starts with what came since the
    channel was made.
    """
    with only_one(MAILBOX_LOCK, channel.pk) as is_mine:
        if not is_mine:
            return 0
        try:
            count = _read_mailbox(channel, now)
        except ImapRefused as refusal:
            _note_failure(channel, str(refusal), now, retry_at=now + RETRY_AFTER_REFUSAL)
        except (ImapFailure, *BROKEN_CONVERSATION) as failure:
            _note_failure(channel, _("The mailbox can't be read: %s") % failure, now)
        else:
            _note_success(channel, now)
            return count
    return 0


def _read_mailbox(channel: DeliveryChannel, now: datetime) -> int:
    mailbox = open_mailbox(channel, may_be_private=may_be_private(channel))
    try:
        cursor = _cursor_in(mailbox, channel)
        uids = uids_after(mailbox, cursor.last_uid)[:MESSAGES_AT_ONCE]
        for uid in uids:
            _take(fetch(mailbox, uid, now=now), uid, cursor, now)
    finally:
        # Not a polite LOGOUT: the conversation may be what broke.
        mailbox.client.shutdown()
    return len(uids)


def _cursor_in(mailbox: Mailbox, channel: DeliveryChannel) -> MailboxCursor:
    """Where to go on. Renumbered, a mailbox is read again from a day before the last poll."""
    numbering = numbering_of(mailbox, channel.imap_folder)
    cursor, _is_new = MailboxCursor.objects.select_related("channel").get_or_create(channel=channel)
    if cursor.uid_validity == numbering.uid_validity:
        return cursor
    # A day more, for not all that had come then needs to have been read.
    since = cursor.polled_at - timedelta(days=1) if cursor.polled_at else channel.created_at
    first = first_uid_since(mailbox, since)
    cursor.last_uid = (first or numbering.uid_next) - 1
    cursor.uid_validity = numbering.uid_validity
    cursor.save(update_fields=["uid_validity", "last_uid"])
    return cursor


@transaction.atomic
def _take(fetched: Fetched | None, uid: int, cursor: MailboxCursor, now: datetime) -> None:
    """The effects of a message and the step past it, both or neither."""
    message = _readable(fetched, cursor, uid)
    if message:
        place = Place(cursor.channel, cursor.uid_validity, uid)
        receive(message=message, place=place, now=now)
    cursor.last_uid = uid
    cursor.save(update_fields=["last_uid"])


def _readable(fetched: Fetched | None, cursor: MailboxCursor, uid: int) -> Incoming | None:
    if fetched is None:
        return None
    try:
        return read_message(fetched.raw, received_at=fetched.received_at)
    except Unreadable:
        logger.warning(
            "Skipped message %s of mailbox %s, which can't be read",
            uid,
            cursor.channel_id,
            exc_info=True,
        )
        return None


def _note_failure(
    channel: DeliveryChannel, error: str, now: datetime, *, retry_at: datetime | None = None
) -> None:
    MailboxCursor.objects.update_or_create(
        channel=channel, defaults={"error": error, "failed_at": now, "retry_at": retry_at}
    )


def _note_success(channel: DeliveryChannel, now: datetime) -> None:
    MailboxCursor.objects.filter(channel=channel).update(
        polled_at=now, error="", failed_at=None, retry_at=None
    )
