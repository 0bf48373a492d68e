"""What the pages and panels of emails have in common."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django_htmx.http import trigger_client_event

from activities.emails.local_times import moment_of
from activities.emails.models import Email
from activities.emails.selectors import own_emails
from people.views.requests import Request, render_panel, wants_fragment

# Sent now means in so long, for second thoughts.
UNDO_FOR = timedelta(seconds=10)


def render_email_panel(
    request: Request, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A panel over whatever is open, or a page of the Command Center."""
    if not wants_fragment(request):
        context = {"base": "emails/base_page.html", **context}
    return render_panel(request, template, {"section": "command-center", **context}, status)


def own_email(request: Request, pk: int) -> Email:
    """The email if it is the user's own; an admin may read others', but not change them."""
    email: Email = get_object_or_404(own_emails(user=request.user), pk=pk)
    return email


def done(
    request: Request, words: str, *, to: str, undo: tuple[str, str] | None = None
) -> HttpResponse:
    """Close the panel with a toast and renew the list below it, or go `to` a page that says it.

    `undo` is a label and the address that takes it back.
    """
    if not wants_fragment(request):
        messages.success(request, words)
        return redirect(to)
    detail: dict[str, str | int] = {"value": words}
    if undo:
        detail |= {"label": undo[0], "undo": undo[1], "seconds": 10}
    response = HttpResponse(status=204)
    trigger_client_event(response, "toast", detail)
    trigger_client_event(response, "emailsChanged", {})
    return trigger_client_event(response, "closePanel", {})


def chosen_time(request: Request, now: datetime) -> datetime | None:
    """When an email is to go out; None is now. Raises Refused as `moment_of`."""
    if request.POST.get("when") != "later":
        return None
    return moment_of(day=request.POST.get("day", ""), clock=request.POST.get("clock", ""), now=now)
