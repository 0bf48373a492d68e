"""Logging to Salesforce what happened while logging was off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from syncing.salesforce_connections.selectors import get_org
from syncing.task_logging.enqueue import nudge
from syncing.task_logging.services import count_unsent_past, send_past


@require_http_methods(("GET", "HEAD", "POST"))
@admin_required
def past(request: SignedInRequest) -> HttpResponse:
    """Say how many it would be, then have them logged."""
    if request.method != "POST":
        context = {"past": count_unsent_past()}
        return render(request, "admin_config/salesforce/past.html", context)
    now = timezone.now()
    count = send_past(now=now)
    nudge()
    record(
        actor=request.user,
        action=Action.PAST_ACTIVITIES_SENT,
        target=str(get_org() or ""),
        details={"activities": count},
        now=now,
    )
    messages.success(
        request,
        ngettext(
            "%(count)d activity of the past is on its way to Salesforce.",
            "%(count)d activities of the past are on their way to Salesforce.",
            count,
        )
        % {"count": count},
    )
    return redirect("settings:salesforce-sync")
