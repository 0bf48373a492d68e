"""Invitations by mail, where this installation can send mail."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_config.invitations.services import NewLink

UNSENT_BACKENDS = ("console", "dummy", "filebased")


def is_mail_configured() -> bool:
    return not any(f".{name}." in settings.EMAIL_BACKEND for name in UNSENT_BACKENDS)


def link_url(link: NewLink) -> str:
    return str(settings.PUBLIC_URL) + reverse("account_invitation", args=[link.secret])


def send_invitation(link: NewLink) -> None:
    """Raises SMTPException or OSError when the mail server doesn't take it."""
    context = {"invitation": link.invitation, "url": link_url(link)}
    message = EmailMessage(
        subject=_("You are invited to Actions"),
        body=render_to_string("admin_config/invitations/mail.txt", context),
        to=[link.invitation.email],
    )
    message.send()
