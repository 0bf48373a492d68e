"""One email: what was sent, what came of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from activities.emails import services
from activities.emails.folders import folder_of
from activities.emails.happenings import happenings_of
from activities.emails.local_times import moment_of
from activities.emails.models import Email
from activities.emails.rendering import render as render_email
from activities.emails.selectors import visible_emails
from activities.emails.tracking.addresses import without_readers_pages
from activities.emails.views.pages import done, own_email, render_email_panel
from people.errors import Refused
from people.views.requests import Request

# What an email may show in its frame: no scripts, no forms, and it stays in there.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:;"
    " frame-ancestors 'self'; form-action 'none'; base-uri 'self'; sandbox allow-popups"
    " allow-popups-to-escape-sandbox"
)


def _visible(request: Request, pk: int) -> Email:
    emails = visible_emails(user=request.user)
    email: Email = get_object_or_404(
        emails.select_related("person", "sender", "identity", "template", "batch", "follow_up_to"),
        pk=pk,
    )
    return email


@require_safe
def email(request: Request, pk: int) -> HttpResponse:
    return _panel(request, _visible(request, pk))


def _panel(request: Request, shown: Email, *, refusal: str = "", words: str = "") -> HttpResponse:
    files = shown.files.select_related("file").defer("file__content")
    context = {
        "email": shown,
        "folder": folder_of(shown),
        "is_own": shown.sender_id == request.user.pk,
        "happenings": happenings_of(shown),
        "files": files,
        "follow_ups": shown.follow_ups.filter(deleted_at=None).order_by("pk"),
        "refusal": refusal,
        "words": words,
        "now": timezone.now(),
        "soon": shown.next_attempt_at or timezone.now(),
    }
    return render_email_panel(request, "emails/email.html", context)


@xframe_options_sameorigin
@require_safe
def content(request: Request, pk: int) -> HttpResponse:
    """The text of the email as it went out, or as it would: a document for the frame."""
    shown = _visible(request, pk)
    # Handed over is enough: of an uncertain one it is what may have arrived.
    html = shown.sent_html if shown.transmitting_at else render_email(email=shown).html
    response = render(request, "emails/content.html", {"html": without_readers_pages(html)})
    response["Content-Security-Policy"] = CONTENT_POLICY
    response["Cache-Control"] = "no-store"
    return response


ACTIONS: dict[str, tuple[Callable[..., Email], str | Promise]] = {
    "retry": (services.retry, gettext_lazy("On its way again.")),
    "archive": (services.archive, gettext_lazy("Archived.")),
    "unarchive": (services.unarchive, gettext_lazy("Moved back to Delivered.")),
    "success": (services.mark_success, gettext_lazy("Marked as a success.")),
}


@require_POST
def act(request: Request, pk: int, action: str) -> HttpResponse:
    """Do one of ACTIONS with an email of the user's own."""
    if action not in ACTIONS:
        raise Http404
    service, words = ACTIONS[action]
    return _acted(request, pk, str(words), service)


@require_POST
def no_success(request: Request, pk: int) -> HttpResponse:
    return _acted(request, pk, _("No longer marked."), services.mark_success, is_success=False)


@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    """A person's word on an email of which no server said whether it took it."""
    was_sent = request.POST.get("was_sent") == "yes"
    words = _("Kept as sent.") if was_sent else _("On its way again.")
    return _acted(request, pk, words, _settled, was_sent=was_sent, by=request.user)


def _settled(*, email: Email, was_sent: bool, by: Any, now: Any) -> Email:
    """What did not go out is sent again at once."""
    settled = services.settle_uncertain(email=email, was_sent=was_sent, by=by, now=now)
    return settled if was_sent else services.retry(email=settled, now=now)


@require_POST
def reschedule(request: Request, pk: int) -> HttpResponse:
    own_email(request, pk)
    now = timezone.now()
    try:
        at = moment_of(
            day=request.POST.get("day", ""), clock=request.POST.get("clock", ""), now=now
        )
    except Refused as refusal:
        return _panel(request, _visible(request, pk), refusal=str(refusal))
    return _acted(request, pk, _("The new time is set."), services.schedule, at=at)


@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    shown = own_email(request, pk)
    try:
        services.delete(email=shown, now=timezone.now())
    except Refused as refusal:
        return _panel(request, _visible(request, pk), refusal=str(refusal))
    undo = (_("Undo"), f"{reverse('emails:undelete')}?email={pk}")
    return done(request, _("Email deleted."), to=reverse("emails:list"), undo=undo)


def _acted(
    request: Request, pk: int, words: str, service: Callable[..., Email], **arguments: Any
) -> HttpResponse:
    """The panel with the email as it is after the service, or with the reason why it refused."""
    shown = own_email(request, pk)
    refusal = ""
    try:
        service(email=shown, now=timezone.now(), **arguments)
    except Refused as refused:
        refusal, words = str(refused), ""
    response = _panel(request, _visible(request, pk), refusal=refusal, words=words)
    return trigger_client_event(response, "emailsChanged", {})
