"""Unsubscribes and Salesforce: the choice, how it stands, and the report of each run."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.paging import Cursor, read_page
from admin_config import audit
from admin_config.access import SignedInRequest, admin_required
from admin_config.csv_files import csv_response
from admin_config.salesforce.own_views import said
from admin_config.unsubscribe_sync.forms import LineFilter, SyncForm
from people.selection import is_id
from syncing.errors import SyncError
from syncing.salesforce_connections.selectors import main_connection
from syncing.unsubscribe_sync import pushes
from syncing.unsubscribe_sync.models import Push, Run, RunLine, UnsubscribeSync
from syncing.unsubscribe_sync.schedule import ask_for, begins_at_once, next_night, was_previewed
from syncing.unsubscribe_sync.selectors import (
    disagreements,
    last_full_run,
    look_at_fields,
    queue,
    reported_runs,
)
from syncing.unsubscribe_sync.services import change_sync
from syncing.unsubscribe_sync.tasks import sync_unsubscribes

FORM_METHODS = ("GET", "HEAD", "POST")
RUNS_SHOWN = 10
DISAGREEMENTS_SHOWN = 50
LINES_SHOWN = 100
Mode = UnsubscribeSync.Mode
# What a preview leads to.
MORE = {Mode.OFF: (Mode.NIGHTLY, Mode.CONTINUOUS), Mode.NIGHTLY: (Mode.CONTINUOUS,)}


@require_http_methods(FORM_METHODS)
@admin_required
def overview(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    form = SyncForm(request.POST or None, instance=UnsubscribeSync.load())
    if request.method == "POST" and form.is_valid() and _needs_preview(form, now=now):
        if main_connection():
            return _preview_first(request, form, now=now)
        form.add_error("mode", _("Connect Salesforce first: what it would do is shown before."))
    if request.method == "POST" and form.is_valid():
        changed = change_sync(changes=form.cleaned_data, by=request.user, now=now)
        text = _("Saved. It holds from now on.") if changed else _("Nothing was changed.")
        messages.success(request, text)
        return redirect("settings:unsubscribes-salesforce")
    sync = UnsubscribeSync.load()
    cursor = Cursor.parse(request.GET.get("cursor", ""))
    context = {
        "form": form,
        "sync": sync,
        "is_connected": main_connection() is not None,
        "next_night": next_night(sync, now=now),
        "last_run": last_full_run(),
        "queue": queue(),
        "disagreements": disagreements(DISAGREEMENTS_SHOWN),
        "page": read_page(reported_runs(), moment="queued_at", cursor=cursor, size=RUNS_SHOWN),
    }
    return render(request, "admin_config/unsubscribe_sync/overview.html", context)


@require_safe
@admin_required
def health(request: SignedInRequest) -> HttpResponse:
    """Salesforce is asked each time."""
    context: dict[str, object] = {}
    try:
        context["objects"] = look_at_fields(now=timezone.now())
    except SyncError as error:
        context["problem"] = said(error)
    return render(request, "admin_config/unsubscribe_sync/health.html", context)


@require_POST
@admin_required
def run_start(request: SignedInRequest) -> HttpResponse:
    """A run or a preview as soon as a worker is free."""
    is_preview = request.POST.get("kind") == Run.Kind.PREVIEW
    if not is_preview and UnsubscribeSync.load().mode == Mode.OFF:
        messages.error(request, _("The sync is off. Switch it on first."))
        return redirect("settings:unsubscribes-salesforce")
    if main_connection() is None:
        messages.error(request, _("Salesforce is not connected."))
        return redirect("settings:unsubscribes-salesforce")
    kind = Run.Kind.PREVIEW if is_preview else Run.Kind.FULL
    return _started(request, kind, now=timezone.now())


@require_safe
@admin_required
def run_detail(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(reported_runs(), pk=run_id)
    if request.htmx and request.htmx.target == "run-progress":
        return _progress(request, run)
    lines = _lines(request, run).select_related("person").order_by("pk")
    after = request.GET.get("after", "")
    if is_id(after):
        lines = lines.filter(pk__gt=int(after))
    page = list(lines[: LINES_SHOWN + 1])
    sync = UnsubscribeSync.load()
    context = {
        "run": run,
        "choice": SyncForm(instance=sync),
        "modes": MORE.get(Mode(sync.mode), ()),
        "form": LineFilter(request.GET or None),
        "lines": page[:LINES_SHOWN],
        "next_after": page[LINES_SHOWN - 1].pk if len(page) > LINES_SHOWN else None,
    }
    return render(request, "admin_config/unsubscribe_sync/run.html", context)


@require_safe
@admin_required
def run_csv(request: SignedInRequest, run_id: int) -> StreamingHttpResponse:
    run = get_object_or_404(Run, pk=run_id)
    audit.record(
        actor=request.user,
        action=audit.Action.UNSUBSCRIBE_REPORT_EXPORTED,
        target=str(run),
        now=timezone.now(),
    )
    lines = _lines(request, run).select_related("person").order_by("pk")
    return csv_response(
        name=f"unsubscribes-{run.pk}",
        header=("What", "Person", "Email", "Salesforce ID", "Code", "Reason"),
        rows=map(_csv_row, lines.iterator(chunk_size=2_000)),
    )


@require_POST
@admin_required
def retry(request: SignedInRequest) -> HttpResponse:
    """Send what was refused once more."""
    count = pushes.retry(Push.objects.all(), now=timezone.now())
    messages.success(
        request,
        ngettext(
            "%(count)d unsubscribe is sent again.", "%(count)d unsubscribes are sent again.", count
        )
        % {"count": count},
    )
    return redirect("settings:unsubscribes-salesforce")


def _needs_preview(form: SyncForm, *, now: datetime) -> bool:
    """Whether a full sync would begin at once of which nobody has seen what it would do."""
    if "mode" not in form.changed_data or not begins_at_once(form.instance):
        return False
    return "sales_field" in form.changed_data or not was_previewed(form.instance, now=now)


def _preview_first(request: SignedInRequest, form: SyncForm, *, now: datetime) -> HttpResponse:
    """Store all but the switch, for the preview goes by it."""
    changes = {name: value for name, value in form.cleaned_data.items() if name != "mode"}
    change_sync(changes=changes, by=request.user, now=now)
    messages.info(
        request, _("Look first at what the first full sync would do; then switch it on here.")
    )
    return _started(request, Run.Kind.PREVIEW, now=now)


def _started(request: SignedInRequest, kind: Run.Kind, *, now: datetime) -> HttpResponse:
    run = ask_for(kind=kind, by=request.user, now=now)
    # The next tick finds it, should the broker be away.
    sync_unsubscribes.apply_async(retry=False, expires=60)
    return redirect("settings:unsubscribes-run", run.pk)


def _progress(request: SignedInRequest, run: Run) -> HttpResponse:
    response = render(request, "admin_config/unsubscribe_sync/run_progress.html", {"run": run})
    if run.is_over:
        response["HX-Refresh"] = "true"
    return response


def _lines(request: SignedInRequest, run: Run) -> QuerySet[RunLine]:
    kind = request.GET.get("kind", "")
    return run.lines.filter(kind=kind) if kind in RunLine.Kind.values else run.lines.all()


def _csv_row(line: RunLine) -> tuple[object, ...]:
    name = line.person.name if line.person else ""
    return (line.get_kind_display(), name, line.email, line.record_id, line.code, line.reason)
