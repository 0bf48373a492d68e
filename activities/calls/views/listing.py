"""The calls of a seller, or of everybody for admins; and one call."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from activities.calls import services
from activities.calls.filters import CallFilterForm
from activities.calls.models import Call
from activities.calls.selectors import calls_in_progress, visible_calls
from activities.destinations import reports_of
from activities.models import Activity
from activities.paging import Cursor, read_page
from people.views.requests import Request, go, render_panel, wants_fragment

PAGE_SIZE = 50


@require_safe
def calls(request: Request) -> HttpResponse:
    form = CallFilterForm(request.GET, user=request.user, auto_id="filter_%s")
    logged = visible_calls(user=request.user).filter(state=Call.State.LOGGED)
    page = read_page(
        form.narrow(logged).select_related("person", "caller", "outcome"),
        moment="called_at",
        cursor=Cursor.parse(request.GET.get("cursor", "")),
        size=PAGE_SIZE,
    )
    context = {
        "section": "calls",
        "form": form,
        "page": page,
        "in_progress": calls_in_progress(user=request.user),
        "shows_caller": request.user.is_admin,
    }
    template = "calls/list_content.html" if wants_fragment(request) else "calls/list.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def call(request: Request, pk: int) -> HttpResponse:
    """Whoever sees the person sees their calls; only the caller may change the notes."""
    calls = Call.objects.select_related("person", "caller", "outcome", "reason")
    shown = get_object_or_404(calls, pk=pk, state=Call.State.LOGGED)
    if request.method == "POST":
        if shown.caller_id != request.user.pk:
            raise PermissionDenied(_("Only whoever made the call may change its notes."))
        services.save_notes(call=shown, notes=request.POST.get("notes", "").replace("\x00", ""))
        return _notes_saved(request, shown)
    activity = Activity.objects.filter(about_type=Activity.About.CALL, about_id=shown.pk).first()
    context = {
        "section": "calls",
        "call": shown,
        "is_own": shown.caller_id == request.user.pk,
        "reports": reports_of([activity.uuid])[activity.uuid] if activity else [],
    }
    return render_panel(request, "calls/call.html", context)


def _notes_saved(request: Request, shown: Call) -> HttpResponse:
    if not wants_fragment(request):
        return go(request, reverse("calls:call", args=[shown.pk]))
    response = HttpResponse(status=204)
    trigger_client_event(response, "callsChanged", {})
    return trigger_client_event(response, "toast", {"value": _("The notes are saved.")})
