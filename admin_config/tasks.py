"""Mails that go out after the answer, on a queue of their own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from smtplib import SMTPException

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from admin_config.invitations.mail import send_invitation
from admin_config.invitations.services import NewLink
from admin_config.models import Invitation, User, hash_secret
from admin_config.salesforce.mail import send_main_is_lost, send_reminder
from people.encrypted_field import decrypt, encrypt
from syncing.salesforce_connections.selectors import main_connection, unconnected_users

_mail_task = shared_task(
    autoretry_for=(SMTPException, OSError),
    retry_backoff=60,
    # Well below the time after which Redis delivers a waiting message a second time.
    retry_backoff_max=30 * 60,
    max_retries=8,
)


@_mail_task
def mail_invitation(invitation_id: int, encrypted_secret: str) -> None:
    """Mail a link, unless it was used, replaced or revoked since."""
    secret = decrypt(encrypted_secret)
    invitation = Invitation.objects.filter(
        pk=invitation_id, secret_hash=hash_secret(secret)
    ).first()
    if invitation and invitation.is_open(timezone.now()):
        send_invitation(NewLink(invitation, secret))


def mail_links(links: Iterable[NewLink]) -> None:
    """Have the links mailed after the commit; the broker must not read what lets people in."""
    for link in links:
        args = (link.invitation.pk, encrypt(link.secret))
        queue = partial(mail_invitation.apply_async, args, retry=False)
        transaction.on_commit(queue, robust=True)


@_mail_task
def mail_salesforce_reminder(*, user_id: int, **_: object) -> None:
    """Ask a user to connect Salesforce, unless they are gone or have done so since."""
    user = unconnected_users().filter(pk=user_id).first()
    if user:
        send_reminder(user)


def mail_salesforce_reminders(user_ids: Iterable[int]) -> None:
    """Have the users asked after the commit."""
    for user_id in user_ids:
        kwargs = {"user_id": user_id}
        queue = partial(mail_salesforce_reminder.apply_async, kwargs=kwargs, retry=False)
        transaction.on_commit(queue, robust=True)


@_mail_task
def mail_main_is_lost(*, admin_id: int, **_: object) -> None:
    """Tell an admin that Salesforce has ended the main connection, unless it works again."""
    main = main_connection()
    admin = User.objects.filter(pk=admin_id, is_active=True).first()
    if admin and main and main.state == main.State.NEEDS_RECONNECT:
        send_main_is_lost(admin, main)
