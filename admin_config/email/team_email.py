"""Email, Unsubscribes and Tracking in the settings: what holds for everybody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.emails import channels
from activities.emails.models import BlockedDomain, DeliveryChannel, EmailSettings
from activities.emails.tracking.addresses import public_address
from admin_config import audit
from admin_config.access import SignedInRequest, admin_required
from admin_config.email import services, tracking_check
from admin_config.email.channel_forms import save_and_test, show_test
from admin_config.email.forms import (
    ChannelForm,
    DailyCapForm,
    DomainForm,
    MessagingForm,
    TrackingForm,
)
from admin_config.errors import Refused
from syncing.selectors import get_connection
from syncing.unsubscribe_check import services as unsubscribe_check

FORM_METHODS = ("GET", "HEAD", "POST")


@require_safe
@admin_required
def team_email(request: SignedInRequest) -> HttpResponse:
    return _render(request)


def _render(request: SignedInRequest, **forms: Any) -> HttpResponse:
    channel = DeliveryChannel.objects.filter(user=None).first()
    of_sellers = DeliveryChannel.objects.exclude(user=None).select_related("user")
    unread = of_sellers.exclude(imap_host="").filter(cursor__failed_at__isnull=False)
    context = {
        "channel": channel,
        "channel_form": ChannelForm(instance=channel),
        "cap_form": DailyCapForm(instance=EmailSettings.load()),
        "domain_form": DomainForm(),
        "domains": BlockedDomain.objects.order_by("domain"),
        "broken_channels": of_sellers.filter(state=DeliveryChannel.State.NEEDS_ATTENTION),
        "unread_channels": unread.select_related("user", "cursor"),
        **forms,
    }
    return render(request, "admin_config/email/team_email.html", context)


@require_POST
@admin_required
def channel_save(request: SignedInRequest) -> HttpResponse:
    form = ChannelForm(request.POST, instance=DeliveryChannel())
    if not save_and_test(request, form, user=None):
        return _render(request, channel_form=form)
    audit.record(
        actor=request.user,
        action=audit.Action.TEAM_CHANNEL_CHANGED,
        target=form.cleaned_data["smtp_host"],
        now=timezone.now(),
    )
    return redirect("settings:email")


@require_POST
@admin_required
def channel_test(request: SignedInRequest) -> HttpResponse:
    show_test(request, get_object_or_404(DeliveryChannel, user=None))
    return redirect("settings:email")


@require_POST
@admin_required
def channel_remove(request: SignedInRequest) -> HttpResponse:
    channel = get_object_or_404(DeliveryChannel, user=None)
    channels.remove_channel(channel=channel)
    audit.record(
        actor=request.user,
        action=audit.Action.TEAM_CHANNEL_REMOVED,
        target=channel.smtp_host,
        now=timezone.now(),
    )
    messages.success(request, _("The team's mail server is removed."))
    return redirect("settings:email")


@require_POST
@admin_required
def daily_cap(request: SignedInRequest) -> HttpResponse:
    form = DailyCapForm(request.POST, instance=EmailSettings.load())
    if _store(request, form):
        return redirect("settings:email")
    return _render(request, cap_form=form)


@require_POST
@admin_required
def domain_block(request: SignedInRequest) -> HttpResponse:
    form = DomainForm(request.POST)
    if form.is_valid():
        try:
            services.block_domain(by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("domain", refusal.message)
        else:
            return redirect("settings:email")
    return _render(request, domain_form=form)


@require_POST
@admin_required
def domain_unblock(request: SignedInRequest, pk: int) -> HttpResponse:
    blocked = get_object_or_404(BlockedDomain, pk=pk)
    services.unblock_domain(blocked=blocked, by=request.user, now=timezone.now())
    return redirect("settings:email")


@require_http_methods(FORM_METHODS)
@admin_required
def unsubscribes(request: SignedInRequest) -> HttpResponse:
    form = MessagingForm(request.POST or None, instance=EmailSettings.load())
    if request.method == "POST" and _store(request, form):
        return redirect("settings:unsubscribes")
    context = {
        "form": form,
        "is_check_on": unsubscribe_check.is_on(),
        "is_marketo_connected": get_connection() is not None,
    }
    return render(request, "admin_config/email/unsubscribes.html", context)


@require_POST
@admin_required
def marketo_check(request: SignedInRequest) -> HttpResponse:
    """Switch the Marketo unsubscribe check to `is_on`; what stays the same leaves no trace."""
    is_on = request.POST.get("is_on") == "true"
    if is_on == unsubscribe_check.is_on():
        return redirect("settings:unsubscribes")
    unsubscribe_check.switch(is_on=is_on)
    action = audit.Action.UNSUBSCRIBE_CHECK_ON if is_on else audit.Action.UNSUBSCRIBE_CHECK_OFF
    audit.record(actor=request.user, action=action, now=timezone.now())
    text = _("Marketo is asked before each email.") if is_on else _("Marketo is not asked.")
    messages.success(request, text)
    return redirect("settings:unsubscribes")


@require_http_methods(FORM_METHODS)
@admin_required
def tracking(request: SignedInRequest) -> HttpResponse:
    form = TrackingForm(request.POST or None, instance=EmailSettings.load())
    if request.method == "POST" and _store(request, form):
        return redirect("settings:tracking")
    stored = EmailSettings.load().tracking_url
    context = {
        "form": form,
        "public_url": settings.PUBLIC_URL,
        "tracking_url": stored,
        "is_answered_for": not stored or tracking_check.is_answered_for(stored),
    }
    return render(request, "admin_config/email/tracking.html", context)


@require_POST
@admin_required
def tracking_address_check(request: SignedInRequest) -> HttpResponse:
    report = tracking_check.check_address(public_address())
    tell = messages.success if report.is_ok else messages.error
    tell(request, report.message)
    return redirect("settings:tracking")


def _store(request: SignedInRequest, form: ModelForm[EmailSettings]) -> bool:
    if not form.is_valid():
        return False
    services.change_settings(by=request.user, now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Saved. It holds for what is sent from now on."))
    return True
