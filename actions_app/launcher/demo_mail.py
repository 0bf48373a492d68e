"""Mail for the demo's users: whom they write as, and the sandbox's servers to write by."""

from __future__ import annotations

from datetime import datetime

from actions_app.launcher.demo_users import DEMO_USERS
from activities.emails import channels, identities
from activities.emails.inbound.poll import poll_mailbox
from activities.emails.models import DeliveryChannel
from admin_config.models import User
from syncing.sandbox import SANDBOX_MAIL_PASSWORD

HOST = "127.0.0.1"
NO_SECURITY = DeliveryChannel.Security.NONE


def give_mail(*, smtp_port: int, imap_port: int, now: datetime) -> None:
    """A verified identity and a channel of the sandbox for each demo user who has none."""
    for user in User.objects.filter(email__in=[each.email for each in DEMO_USERS]):
        if not user.sender_identities.exists():
            add_identity(user, now=now)
        channel = DeliveryChannel.objects.filter(user=user).first()
        if channel is None:
            save_channel(user, smtp_port=smtp_port, imap_port=imap_port, now=now)
        elif is_sandbox(channel) and (channel.smtp_port, channel.imap_port) != (
            smtp_port,
            imap_port,
        ):
            follow(channel, smtp_port=smtp_port, imap_port=imap_port, now=now)


def add_identity(user: User, *, now: datetime) -> None:
    identity = identities.add(
        user=user,
        name=user.get_full_name(),
        address=user.email,
        signature_html=f"<p>{user.get_full_name()}<br>Example Ltd</p>",
        now=now,
    )
    identities.verify(token=identities.token_of(identity), by=user, now=now)


def save_channel(user: User, *, smtp_port: int, imap_port: int, now: datetime) -> None:
    channel = channels.save_channel(
        user=user,
        smtp_host=HOST,
        smtp_port=smtp_port,
        smtp_security=NO_SECURITY,
        smtp_user=user.email,
        smtp_password=SANDBOX_MAIL_PASSWORD,
        imap_host=HOST,
        imap_port=imap_port,
        imap_security=NO_SECURITY,
        imap_user=user.email,
        imap_password=SANDBOX_MAIL_PASSWORD,
        has_verp=True,
        # The sandbox takes mail as fast as it comes.
        throttle_emails=0,
        now=now,
    )
    # A mailbox is read from its first poll on, and prospects may be quick to answer.
    poll_mailbox(channel=channel, now=now)


def is_sandbox(channel: DeliveryChannel) -> bool:
    return channel.smtp_host == HOST and channel.smtp_password == SANDBOX_MAIL_PASSWORD


def follow(channel: DeliveryChannel, *, smtp_port: int, imap_port: int, now: datetime) -> None:
    """Go on with the sandbox where it is now, whatever else was changed in the meantime."""
    channels.save_channel(
        user=channel.user,
        smtp_port=smtp_port,
        imap_port=imap_port,
        smtp_password=SANDBOX_MAIL_PASSWORD,
        imap_password=SANDBOX_MAIL_PASSWORD,
        now=now,
    )
