"""Mails about connections to Salesforce."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from admin_config.models import User
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import own_connection


def send_reminder(user: User) -> None:
    """Raises SMTPException or OSError when the mail server doesn't take it."""
    connection = own_connection(user)
    url = str(settings.PUBLIC_URL) + reverse("settings:my-salesforce")
    with override(user.language):
        _send(user, _("Please connect Salesforce"), connection, url)


def send_main_is_lost(admin: User, connection: SalesforceConnection) -> None:
    """Raises as `send_reminder` does."""
    url = str(settings.PUBLIC_URL) + reverse("settings:salesforce")
    with override(admin.language):
        _send(admin, _("Salesforce has to be connected again"), connection, url)


def _send(user: User, subject: str, connection: SalesforceConnection | None, url: str) -> None:
    context = {"user": user, "connection": connection, "url": url}
    body = render_to_string("admin_config/salesforce/mail.txt", context)
    EmailMessage(subject=subject, body=body, to=[user.email]).send()
