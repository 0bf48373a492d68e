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
from admin_config.models import Invitation, hash_secret
from people.encrypted_field import decrypt, encrypt


@shared_task(
    autoretry_for=(SMTPException, OSError),
    retry_backoff=60,
    # Well below the time after which Redis delivers a waiting message a second time.
    retry_backoff_max=30 * 60,
    max_retries=8,
)
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
