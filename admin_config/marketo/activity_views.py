"""The page of activities in Marketo: the set-up check, logging on and off, and how it goes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.marketo.activity_overview import activity_log, activity_page
from admin_config.marketo.overview import connection_required
from syncing.connections import client_for
from syncing.delivery import services, type_setup
from syncing.delivery.enqueue import nudge
from syncing.delivery.selectors import waiting
from syncing.errors import SyncError
from syncing.marketo import Priority
from syncing.models import MarketoConnection
from syncing.selectors import get_connection


@require_safe
@admin_required
@connection_required
def overview(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    context = activity_page(connection, timezone.now())
    return render(request, "admin_config/marketo/activities.html", context)


@require_safe
@admin_required
def progress(request: SignedInRequest) -> HttpResponse:
    """What the page polls; without a connection the whole page must change."""
    connection = get_connection()
    if connection is None:
        return redirect("settings:marketo")
    context = activity_log(connection, timezone.now())
    return render(request, "admin_config/marketo/activity_progress.html", context)


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def set_up(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    """GET compares and tells, POST does what it told. Both ask Marketo."""
    now = timezone.now()
    try:
        with client_for(connection, Priority.INTERACTIVE) as client:
            if request.method != "POST":
                context = {"plan": type_setup.make_plan(client), "most": type_setup.MOST_TYPES}
                return render(request, "admin_config/marketo/activity_plan.html", context)
            plan = type_setup.set_up(client, connection, now=now)
    except SyncError as error:
        context = {"error": error}
        return render(request, "admin_config/marketo/activity_plan.html", context)
    services.try_again_now(now=now)
    nudge()
    record(
        actor=request.user,
        action=Action.ACTIVITY_TYPES_SET_UP,
        target=connection.base_url,
        now=now,
    )
    if not plan.is_in_order:
        messages.warning(request, _("Some types are not in order yet."))
        return redirect("settings:marketo-activities-set-up")
    messages.success(request, _("All activity types are in order in Marketo."))
    return redirect("settings:marketo-activities")


@require_POST
@admin_required
@connection_required
def switch_on(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    now = timezone.now()
    services.switch_on(now=now)
    record(actor=request.user, action=Action.ACTIVITY_LOG_ON, target=connection.base_url, now=now)
    messages.success(request, _("What sellers do from now on is logged to Marketo."))
    return redirect("settings:marketo-activities")


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def switch_off(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    if request.method != "POST":
        context = {"waiting": waiting().filter(state="PENDING").count()}
        return render(request, "admin_config/marketo/activities_off.html", context)
    now = timezone.now()
    cancelled = services.switch_off(now=now)
    record(
        actor=request.user,
        action=Action.ACTIVITY_LOG_OFF,
        target=connection.base_url,
        details={"cancelled": cancelled},
        now=now,
    )
    messages.success(
        request,
        ngettext(
            "Logging to Marketo is off; %(count)d waiting activity was cancelled.",
            "Logging to Marketo is off; %(count)d waiting activities were cancelled.",
            cancelled,
        )
        % {"count": cancelled},
    )
    return redirect("settings:marketo-activities")


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def send_past(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    if request.method != "POST":
        context = {"past": services.unsent_past().count()}
        return render(request, "admin_config/marketo/activities_past.html", context)
    now = timezone.now()
    count = services.send_past(now=now)
    nudge()
    record(
        actor=request.user,
        action=Action.PAST_ACTIVITIES_SENT,
        target=connection.base_url,
        details={"activities": count},
        now=now,
    )
    messages.success(
        request,
        ngettext(
            "%(count)d activity of the past is on its way to Marketo.",
            "%(count)d activities of the past are on their way to Marketo.",
            count,
        )
        % {"count": count},
    )
    return redirect("settings:marketo-activities")


@require_POST
@admin_required
@connection_required
def go_on(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    """Try at once what is held up, after somebody has mended it in Marketo."""
    services.try_again_now(now=timezone.now())
    nudge()
    messages.success(request, _("What waits is tried again now."))
    return redirect("settings:marketo-activities")
