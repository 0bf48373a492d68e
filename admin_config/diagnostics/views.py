"""Diagnostics: what Marketo and Salesforce refuse or keep waiting, and what to do about it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.csv_files import csv_response
from admin_config.diagnostics.export import HEADER, rows_of
from admin_config.diagnostics.forms import FilterForm, IgnoreForm
from admin_config.diagnostics.overview import standings
from admin_config.diagnostics.selection import Selection, query_of
from people.selection import is_id
from syncing.salesforce_connections.selectors import lost_connections
from syncing.task_logging.models import Reconcile

PAGE_SIZE = 100
SHOWN_RECONCILES = 7
POLL_BUSY_SECONDS = 5
POLL_IDLE_SECONDS = 30


@require_safe
@admin_required
def diagnostics(request: SignedInRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    chosen = Selection(form.cleaned_data if form.is_valid() else {})
    both = standings(now=timezone.now())
    is_busy = any(one.numbers.waiting for one in both)
    context = {
        "form": form,
        "kinds": chosen.kinds(),
        "named": chosen.named,
        "standings": both,
        "poll_seconds": POLL_BUSY_SECONDS if is_busy else POLL_IDLE_SECONDS,
        "reconciles": Reconcile.objects.order_by("-started_at")[:SHOWN_RECONCILES],
        "lost_users": lost_connections().exclude(user=None),
    }
    return render(request, "admin_config/diagnostics/diagnostics.html", context)


@require_safe
@admin_required
def failures(request: SignedInRequest) -> HttpResponse:
    """Those of one source one by one, the newest first."""
    chosen = Selection(request.GET)
    found = list(chosen.rows())
    if "source" not in chosen.named or not found:
        raise Http404
    ((source, rows),) = found
    before = request.GET.get("before", "")
    listed = rows.filter(pk__lt=int(before)) if is_id(before) else rows
    page = list(listed.select_related(*source.related).order_by("-pk")[: PAGE_SIZE + 1])
    context = {
        "source": source,
        "rows": [
            (row, source.tell(row), query_of(source=source.name, id=str(row.pk)))
            for row in page[:PAGE_SIZE]
        ],
        "kinds": chosen.kinds(),
        "named": chosen.named,
        "next_before": page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None,
        "is_first_page": not before,
    }
    return render(request, "admin_config/diagnostics/failures.html", context)


@require_POST
@admin_required
def retry(request: SignedInRequest) -> HttpResponse:
    """One, a kind, what a filter shows, or all."""
    now = timezone.now()
    chosen = Selection(request.POST)
    count = sum(source.retry(rows, now=now) for source, rows in chosen.rows())
    _record(request, Action.ACTIVITIES_RETRIED, chosen, count)
    messages.success(
        request,
        ngettext("%(count)d is on its way again.", "%(count)d are on their way again.", count)
        % {"count": count},
    )
    return redirect("settings:diagnostics")


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def ignore(request: SignedInRequest) -> HttpResponse:
    """As `retry`, after a page that says how many it is about and asks why."""
    now = timezone.now()
    chosen = Selection(request.POST if request.method == "POST" else request.GET)
    form = IgnoreForm(request.POST or None)
    if not form.is_valid():
        kinds = [kind for kind in chosen.kinds() if kind.is_parked]
        context = {
            "kinds": kinds,
            "count": sum(kind.count for kind in kinds),
            "named": chosen.named,
            "form": form,
        }
        return render(request, "admin_config/diagnostics/ignore.html", context)
    reason = form.cleaned_data["reason"]
    count = sum(
        source.ignore(rows, by=request.user.name, reason=reason, now=now)
        for source, rows in chosen.rows()
    )
    _record(request, Action.ACTIVITIES_GIVEN_UP, chosen, count, reason=reason)
    messages.success(
        request,
        ngettext("%(count)d is ignored.", "%(count)d are ignored.", count) % {"count": count},
    )
    return redirect("settings:diagnostics")


@require_safe
@admin_required
def export(request: SignedInRequest) -> StreamingHttpResponse:
    chosen = Selection(request.GET)
    count = sum(rows.count() for _source, rows in chosen.rows())
    _record(request, Action.PROBLEMS_EXPORTED, chosen, count)
    return csv_response(name="diagnostics", header=HEADER, rows=rows_of(chosen))


def _record(
    request: SignedInRequest, action: Action, chosen: Selection, count: int, **more: Any
) -> None:
    record(
        actor=request.user,
        action=action,
        details={"count": count, **chosen.named, **more},
        now=timezone.now(),
    )
