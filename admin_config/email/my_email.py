"""My email in the settings: whom a seller writes as, and by which server."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.emails import channels, identities
from activities.emails.html import clean_html
from activities.emails.models import (
    DeliveryChannel,
    Email,
    EmailSettings,
    SenderIdentity,
    UserEmailSettings,
)
from admin_config.access import SignedInRequest
from admin_config.email.channel_forms import save_and_test, show_test
from admin_config.email.forms import ChannelForm, IdentityEditForm, IdentityForm, OwnMessageForm
from people.errors import Refused

FORM_METHODS = ("GET", "HEAD", "POST")
RESEND_AFTER = timedelta(minutes=1)


@require_safe
def my_email(request: SignedInRequest) -> HttpResponse:
    return _render(request)


def _render(request: SignedInRequest, **forms: Any) -> HttpResponse:
    own = DeliveryChannel.objects.filter(user=request.user).first()
    stored = UserEmailSettings.objects.filter(user=request.user).first()
    message = {"unsubscribe_message_html": stored.unsubscribe_message_html if stored else ""}
    context = {
        "identities": request.user.sender_identities.order_by("-is_default", "pk"),
        "limit": SenderIdentity.MAX_PER_USER,
        "channel": own,
        "team_channel": DeliveryChannel.objects.filter(user=None).first(),
        "identity_form": IdentityForm(initial={"name": request.user.get_full_name()}),
        "channel_form": ChannelForm(instance=own),
        "message_form": OwnMessageForm(initial=message),
        "writes_own_message": EmailSettings.load().users_write_own_message,
        **forms,
    }
    return render(request, "admin_config/email/my_email.html", context)


def _identity(request: SignedInRequest, pk: int) -> SenderIdentity:
    found: SenderIdentity = get_object_or_404(SenderIdentity, pk=pk, user=request.user)
    return found


@require_POST
def identity_add(request: SignedInRequest) -> HttpResponse:
    form = IdentityForm(request.POST)
    if form.is_valid():
        try:
            added = identities.add(user=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("address", str(refusal))
        else:
            _mail_link(request, added)
            return redirect("settings:my-email")
    return _render(request, identity_form=form)


@require_http_methods(FORM_METHODS)
def identity_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    identity = _identity(request, pk)
    form = IdentityEditForm(request.POST or None, instance=identity)
    if request.method == "POST" and form.is_valid():
        identities.edit(identity=identity, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("settings:my-email")
    context = {"identity": identity, "form": form}
    return render(request, "admin_config/email/identity.html", context)


@require_POST
def identity_mail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mail the link again, at most once a minute."""
    identity = _identity(request, pk)
    sent_at = identity.verification_sent_at
    if sent_at and timezone.now() - sent_at < RESEND_AFTER:
        messages.info(request, _("A link was mailed a moment ago. Please look for it first."))
    else:
        _mail_link(request, identity)
    return redirect("settings:my-email")


def _mail_link(request: SignedInRequest, identity: SenderIdentity) -> None:
    token = identities.token_of(identity)
    url = f"{settings.PUBLIC_URL}{reverse('settings:identity-verify', args=[token])}"
    try:
        identities.send_verification(identity=identity, url=url, now=timezone.now())
    except (SMTPException, OSError) as error:
        messages.error(
            request,
            _("The mail with the link could not be sent: %(error)s. Tell your admin.")
            % {"error": error},
        )
    else:
        messages.success(
            request,
            _("A link is on its way to %(address)s. Open it to confirm the address.")
            % {"address": identity.address},
        )


@require_http_methods(FORM_METHODS)
def identity_verify(request: SignedInRequest, token: str) -> HttpResponse:
    """The page of the mailed link. Scanners of mails open it; a person presses its button."""
    try:
        if request.method != "POST":
            identity = identities.identity_of(token, by=request.user)
            return render(request, "admin_config/email/verify.html", {"identity": identity})
        identity = identities.verify(token=token, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(address)s is confirmed.") % {"address": identity.address})
    return redirect("settings:my-email")


@require_POST
def identity_default(request: SignedInRequest, pk: int) -> HttpResponse:
    identities.set_default(identity=_identity(request, pk))
    return redirect("settings:my-email")


@require_http_methods(FORM_METHODS)
def identity_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    identity = _identity(request, pk)
    if request.method == "POST":
        identities.remove(identity=identity)
        messages.success(request, _("%(address)s is removed.") % {"address": identity.address})
        return redirect("settings:my-email")
    waiting = Email.objects.filter(identity=identity, state=Email.State.SCHEDULED).count()
    context = {"identity": identity, "waiting": waiting}
    return render(request, "admin_config/email/identity_remove.html", context)


@require_POST
def channel_save(request: SignedInRequest) -> HttpResponse:
    form = ChannelForm(request.POST, instance=DeliveryChannel(user=request.user))
    if save_and_test(request, form, user=request.user):
        return redirect("settings:my-email")
    return _render(request, channel_form=form)


@require_POST
def channel_test(request: SignedInRequest) -> HttpResponse:
    show_test(request, get_object_or_404(DeliveryChannel, user=request.user))
    return redirect("settings:my-email")


@require_POST
def channel_remove(request: SignedInRequest) -> HttpResponse:
    channels.remove_channel(channel=get_object_or_404(DeliveryChannel, user=request.user))
    messages.success(request, _("Your mail server is removed."))
    return redirect("settings:my-email")


@require_POST
def own_message(request: SignedInRequest) -> HttpResponse:
    form = OwnMessageForm(request.POST)
    if form.is_valid():
        html = clean_html(form.cleaned_data["unsubscribe_message_html"])
        UserEmailSettings.objects.update_or_create(
            user=request.user, defaults={"unsubscribe_message_html": html}
        )
        messages.success(request, _("Saved."))
    return redirect("settings:my-email")
