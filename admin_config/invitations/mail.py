"""Invitations by mail, where this installation can send mail."""

from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_config.invitations.services import NewLink

UNSENT_BACKENDS = ("console", "dummy", "filebased")


def is_mail_configured() -> bool:
    return not any(f".{name}." in settings.EMAIL_BACKEND for name in UNSENT_BACKENDS)


def link_url(link: NewLink) -> str:
    return str(settings.PUBLIC_URL) + reverse("account_invitation", args=[link.secret])


def send_invitations(links: Sequence[NewLink]) -> bool:
    """Mail each link to its address; say whether all went out."""
    messages = [_message(link) for link in links]
    try:
        with get_connection() as connection:
            return connection.send_messages(messages) == len(messages)
    except (SMTPException, OSError):
        return False


def _message(link: NewLink) -> EmailMessage:
    context = {"invitation": link.invitation, "url": link_url(link)}
    return EmailMessage(
        subject=_("You are invited to Actions"),
        body=render_to_string("admin_config/invitations/mail.txt", context),
        to=[link.invitation.email],
    )
