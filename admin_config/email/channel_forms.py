"""The form of a mail server: the seller's own, or the team's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.emails import channels
from activities.emails.models import DeliveryChannel
from admin_config.access import SignedInRequest
from admin_config.email.forms import ChannelForm
from people.errors import Refused


def save_and_test(request: SignedInRequest, form: ChannelForm, *, user: Any) -> bool:
    """Store the channel of `user`, or with None the team's, then say what works and what fails."""
    if not form.is_valid():
        return False
    try:
        saved = channels.save_channel(user=user, now=timezone.now(), **form.given)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    show_test(request, saved)
    return True


def show_test(request: SignedInRequest, channel: DeliveryChannel) -> None:
    reports = [(_("Sending (SMTP)"), channels.test_smtp(channel, now=timezone.now()))]
    if channel.imap_host:
        reports.append((_("Replies and bounces (IMAP)"), channels.test_imap(channel)))
    for what, report in reports:
        tell = messages.success if report.is_ok else messages.error
        tell(request, f"{what}: {report.message}")
