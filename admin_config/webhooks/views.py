"""Webhooks in the settings: the endpoints, and the delivery log of each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.paging import Cursor, read_page
from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.webhooks.forms import EndpointForm, LogFilterForm
from people.errors import Refused
from syncing.webhooks import services
from syncing.webhooks.models import Endpoint, Message
from syncing.webhooks.outbox import nudge

PAGE_SIZE = 50
FORM_METHODS = ("GET", "HEAD", "POST")
_WAITING = Count("messages", filter=Q(messages__state=Message.State.PENDING))


@require_http_methods(FORM_METHODS)
@admin_required
@never_cache
def webhooks(request: SignedInRequest) -> HttpResponse:
    """All endpoints; a POST adds one, and shows its secret this one time."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            endpoint = services.add_endpoint(url=form.cleaned_data["url"], now=now)
        except Refused as refusal:
            form.add_error("url", str(refusal))
        else:
            record(actor=request.user, action=Action.WEBHOOK_ADDED, target=endpoint.url, now=now)
            return _show_secret(request, endpoint, endpoint.secret)
    endpoints = Endpoint.objects.annotate(waiting=_WAITING).order_by("pk")
    context = {"form": form, "endpoints": endpoints, "limit": Endpoint.MAX_ENDPOINTS}
    return render(request, "admin_config/webhooks/list.html", context)


@require_safe
@admin_required
def webhook(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    form = LogFilterForm(request.GET)
    page = read_page(
        endpoint.messages.filter(**form.chosen),
        moment="created_at",
        cursor=Cursor.parse(request.GET.get("cursor", "")),
        size=PAGE_SIZE,
    )
    context = {"endpoint": endpoint, "form": form, "page": page}
    return render(request, "admin_config/webhooks/webhook.html", context)


@require_POST
@admin_required
def test(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    message = services.ping(endpoint=endpoint, now=timezone.now())
    answer = message.error or f"HTTP {message.response_status}"
    if message.state == Message.State.DELIVERED:
        messages.success(request, _("The test was taken: %(answer)s.") % {"answer": answer})
    else:
        messages.error(request, _("The test was not taken. %(answer)s") % {"answer": answer})
    return redirect("settings:webhook", endpoint.pk)


@require_POST
@admin_required
def pause(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id, paused_at=None)
    reason = _("Paused by %(user)s.") % {"user": request.user.name}
    services.pause(endpoint=endpoint, reason=reason, now=timezone.now())
    return _done(request, endpoint, Action.WEBHOOK_PAUSED, _("The webhook is paused."))


@require_POST
@admin_required
def resume(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    services.resume(endpoint=endpoint, now=timezone.now())
    nudge()
    return _done(request, endpoint, Action.WEBHOOK_RESUMED, _("What waited is sent now."))


@require_http_methods(FORM_METHODS)
@admin_required
@never_cache
def secret(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    if request.method != "POST":
        return render(request, "admin_config/webhooks/secret.html", {"endpoint": endpoint})
    new = services.replace_secret(endpoint=endpoint)
    record(
        actor=request.user,
        action=Action.WEBHOOK_SECRET_REPLACED,
        target=endpoint.url,
        now=timezone.now(),
    )
    return _show_secret(request, endpoint, new)


@require_http_methods(FORM_METHODS)
@admin_required
def delete(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint.objects.annotate(waiting=_WAITING), pk=endpoint_id)
    if request.method != "POST":
        return render(request, "admin_config/webhooks/delete.html", {"endpoint": endpoint})
    services.delete_endpoint(endpoint=endpoint)
    record(
        actor=request.user,
        action=Action.WEBHOOK_DELETED,
        target=endpoint.url,
        now=timezone.now(),
    )
    messages.success(request, _("The webhook is deleted."))
    return redirect("settings:webhooks")


@require_POST
@admin_required
def resend(request: SignedInRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    message = get_object_or_404(
        Message.objects.select_related("endpoint"), pk=message_id, endpoint=endpoint_id
    )
    services.resend(message=message, now=timezone.now())
    nudge()
    details = {"event": str(message.event_id)}
    text = _("The event is sent again.")
    return _done(request, message.endpoint, Action.WEBHOOK_EVENT_RESENT, text, details)


def _show_secret(request: SignedInRequest, endpoint: Endpoint, new: str) -> HttpResponse:
    context = {"endpoint": endpoint, "secret": new}
    return render(request, "admin_config/webhooks/secret_shown.html", context)


def _done(
    request: SignedInRequest,
    endpoint: Endpoint,
    action: Action,
    text: str,
    details: dict[str, Any] | None = None,
) -> HttpResponse:
    record(
        actor=request.user,
        action=action,
        target=endpoint.url,
        details=details,
        now=timezone.now(),
    )
    messages.success(request, text)
    return redirect("settings:webhook", endpoint.pk)
