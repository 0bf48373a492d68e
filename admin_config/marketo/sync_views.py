"""The Action Field Sync card: preview, start, progress, pause and resume."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.marketo.overview import (
    connection_required,
    field_sync,
    setback,
    shows_idle_runs,
)
from admin_config.marketo.progress import RunProgress
from syncing.errors import SyncError
from syncing.models import MarketoConnection
from syncing.people_sync import services
from syncing.selectors import field_preview, get_connection, recent_runs


@require_safe
@admin_required
@connection_required
def preview(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    context = {"connection": connection, "fields": field_preview(connection)}
    return render(request, "admin_config/marketo/preview.html", context)


@require_safe
@admin_required
@connection_required
def estimate(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    """A fragment of its own, because asking Marketo takes a few seconds."""
    try:
        found = services.estimate(connection=connection, now=timezone.now())
    except SyncError as error:
        return render(request, "admin_config/marketo/estimate.html", {"error": error})
    context = {
        "estimate": found,
        "estimate_time": timedelta(seconds=found.seconds),
        "strategy": found.strategy.label,
    }
    return render(request, "admin_config/marketo/estimate.html", context)


@require_safe
@admin_required
def progress(request: SignedInRequest) -> HttpResponse:
    """What the page polls; without a connection the whole page must change."""
    connection = get_connection()
    if connection is None:
        return redirect("settings:marketo")
    context = field_sync(connection, timezone.now(), with_idle_runs=shows_idle_runs(request))
    return render(request, "admin_config/marketo/progress.html", context)


@require_POST
@admin_required
@connection_required
def start(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    now = timezone.now()
    services.start_initial_sync(requested_by=request.user, now=now)
    _record(request, Action.SYNC_STARTED, connection)
    messages.success(request, _("The sync has started. It goes on when you leave this page."))
    return redirect("settings:marketo")


@require_POST
@admin_required
@connection_required
def pause(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    services.pause_sync()
    _record(request, Action.SYNC_PAUSED, connection)
    return redirect("settings:marketo")


@require_POST
@admin_required
@connection_required
def resume(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    services.resume_sync()
    _record(request, Action.SYNC_RESUMED, connection)
    return redirect("settings:marketo")


@require_POST
@admin_required
@connection_required
def sync_now(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    services.request_cycle(now=timezone.now())
    if connection.state != MarketoConnection.State.CONNECTED:
        state = connection.get_state_display()
        messages.warning(request, _("%s: the latest changes are fetched after that.") % state)
    elif setback():
        messages.warning(request, _("The latest changes are fetched when the sync goes on."))
    else:
        messages.success(request, _("The latest changes are being fetched."))
    return redirect("settings:marketo")


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def cancel(request: SignedInRequest, connection: MarketoConnection, run_id: int) -> HttpResponse:
    run = get_object_or_404(recent_runs(), pk=run_id)
    if request.method != "POST":
        context = {"run": run, "progress": RunProgress(run)}
        return render(request, "admin_config/marketo/cancel.html", context)
    services.cancel_run(run=run, now=timezone.now())
    _record(request, Action.SYNC_CANCELLED, connection, target=str(run))
    messages.success(request, _("The run is cancelled. What it has written stays."))
    return redirect("settings:marketo")


def _record(
    request: SignedInRequest, action: Action, connection: MarketoConnection, target: str = ""
) -> None:
    record(
        actor=request.user,
        action=action,
        target=target or connection.base_url,
        now=timezone.now(),
    )
