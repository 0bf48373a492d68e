"""The mail servers that emails go out by: a seller's own, or the team's."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.emails.failures import Code
from activities.emails.imap import ImapFailure, open_mailbox
from activities.emails.models import DeliveryChannel, Email, MailboxCursor
from activities.emails.nudging import nudge
from activities.emails.smtp import SmtpConnection, SmtpFailure
from people.errors import Refused

State = DeliveryChannel.State

CHANNEL_FIELDS = frozenset(
    {
        *(f"smtp_{name}" for name in ("host", "port", "security", "user", "password")),
        *(f"imap_{name}" for name in ("host", "port", "security", "user", "password", "folder")),
        *("has_verp", "throttle_emails", "throttle_seconds"),
    }
)
_NOT_ENTERED = {field.name for field in DeliveryChannel._meta.fields} - CHANNEL_FIELDS  # noqa: SLF001
# What is sent to a server is its user's secret: another server or user has to be given it anew.
_SECRETS = {
    "smtp_password": ("smtp_host", "smtp_port", "smtp_user", "smtp_security"),
    "imap_password": ("imap_host", "imap_port", "imap_user", "imap_security"),
}
# Another mailbox counts its messages on its own.
_MAILBOX = ("imap_host", "imap_port", "imap_user", "imap_folder")
_WAITING = (Code.CHANNEL_BROKEN, Code.CHANNEL_PAUSED)


class ChannelReport(NamedTuple):
    """Whether a server works, and if not, what exactly fails."""

    is_ok: bool
    message: str


def channel_for(user: Any) -> DeliveryChannel | None:
    """The seller's own channel, else the team's."""
    return channels_of({user.pk}).get(user.pk)


def channels_of(user_ids: Collection[int]) -> dict[int, DeliveryChannel]:
    """By user, the channel their emails go out by; whoever has none is left out."""
    channels = DeliveryChannel.objects.filter(Q(user=None) | Q(user__in=user_ids))
    by_user = {channel.user_id: channel for channel in channels.select_related("user")}
    found = {user_id: by_user.get(user_id) or by_user.get(None) for user_id in user_ids}
    return {user_id: channel for user_id, channel in found.items() if channel}


def queue_of(channel: DeliveryChannel) -> Q:
    """The emails that go out by this channel."""
    if channel.user_id is None:
        return Q(sender__delivery_channel=None)
    return Q(sender=channel.user_id)


def may_be_private(channel: DeliveryChannel) -> bool:
    """Whether its servers may be in our own network: only admins decide that, or the setting."""
    is_by_admin = channel.user is None or channel.user.is_admin
    return is_by_admin or bool(settings.MAIL_PRIVATE_HOSTS_ALLOWED)


@transaction.atomic
def save_channel(*, user: Any, now: datetime, **fields: Any) -> DeliveryChannel:
    """Set the channel of `user`, or with None the team's.

    A password that is not given stays, unless server or user change. Raises Refused in words when
    a field is not valid. What waited because the server needed attention is tried at once.
    """
    if unknown := fields.keys() - CHANNEL_FIELDS:
        raise TypeError(f"Not fields of a channel: {', '.join(sorted(unknown))}")
    channel = DeliveryChannel.objects.select_for_update(of=("self",)).filter(
        user=user
    ).first() or DeliveryChannel(user=user, created_at=now)
    for secret, bound_to in _SECRETS.items():
        if any(name in fields and fields[name] != getattr(channel, name) for name in bound_to):
            fields.setdefault(secret, "")
    is_other_mailbox = any(
        name in fields and fields[name] != getattr(channel, name) for name in _MAILBOX
    )
    for name, value in fields.items():
        setattr(channel, name, value)
    try:
        channel.clean_fields(exclude=_NOT_ENTERED)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    channel.state, channel.state_reason, channel.paused_until = State.OK, "", None
    channel.save()
    if is_other_mailbox:
        MailboxCursor.objects.filter(channel=channel).delete()
    else:
        _forget_mailbox_error(channel)
    resume_queue(channel=channel, now=now)
    return channel


@transaction.atomic
def remove_channel(*, channel: DeliveryChannel) -> None:
    channel.delete()


def test_smtp(channel: DeliveryChannel, *, now: datetime) -> ChannelReport:
    """Connect and sign in, send nothing; a saved channel that works is at work again."""
    try:
        SmtpConnection(channel, may_be_private=may_be_private(channel)).close()
    except SmtpFailure as failure:
        return ChannelReport(is_ok=False, message=str(failure))
    if channel.pk:
        _mark_working(channel, now)
    return ChannelReport(is_ok=True, message=_("Signed in. Emails can be sent."))


def test_imap(channel: DeliveryChannel) -> ChannelReport:
    """Connect, sign in and open the folder; a saved channel whose mailbox works is read again."""
    if not channel.imap_host:
        message = _("Without an IMAP server, replies and bounces are not seen.")
        return ChannelReport(is_ok=False, message=message)
    try:
        open_mailbox(channel, may_be_private=may_be_private(channel)).logout()
    except ImapFailure as failure:
        return ChannelReport(is_ok=False, message=str(failure))
    if channel.pk:
        _forget_mailbox_error(channel)
    return ChannelReport(is_ok=True, message=_("Signed in. The folder can be read."))


def _forget_mailbox_error(channel: DeliveryChannel) -> None:
    """Have the mailbox asked again at the next poll."""
    MailboxCursor.objects.filter(channel=channel).update(error="", failed_at=None, retry_at=None)


@transaction.atomic
def _mark_working(channel: DeliveryChannel, now: datetime) -> None:
    channel.state, channel.state_reason = State.OK, ""
    channel.paused_until, channel.tested_at = None, now
    channel.save(update_fields=["state", "state_reason", "paused_until", "tested_at"])
    resume_queue(channel=channel, now=now)


def resume_queue(*, channel: DeliveryChannel, now: datetime) -> None:
    """Let what waits for this channel go out now."""
    waiting = Email.objects.filter(
        queue_of(channel),
        state=Email.State.SCHEDULED,
        reason_code__in=_WAITING,
        next_attempt_at__gt=now,
    )
    # The join of the filter is not for an UPDATE.
    Email.objects.filter(pk__in=waiting.values("pk")).update(
        next_attempt_at=now, reason_code="", reason="", updated_at=now
    )
    nudge()


def mark_broken(*, channel: DeliveryChannel, reason: str) -> None:
    """Nothing goes out by it until somebody mends the settings."""
    DeliveryChannel.objects.filter(pk=channel.pk).update(
        state=State.NEEDS_ATTENTION, state_reason=reason
    )
    channel.state, channel.state_reason = State.NEEDS_ATTENTION, reason


def pause(*, channel: DeliveryChannel, until: datetime, reason: str) -> None:
    """Nothing goes out by it until then."""
    DeliveryChannel.objects.filter(pk=channel.pk).update(paused_until=until, state_reason=reason)
    channel.paused_until, channel.state_reason = until, reason
