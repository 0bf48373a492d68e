"""Connecting Marketo, testing and changing the connection, disconnecting."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.marketo.forms import ConnectForm, OptionsForm, SecretForm
from admin_config.marketo.overview import connection_required, overview, shows_idle_runs
from people.models import Person
from people.paging import COUNT_LIMIT
from syncing import connections
from syncing.delivery.models import MarketoActivityLog
from syncing.errors import Misconfigured, SyncError
from syncing.marketo import Credentials
from syncing.models import MarketoConnection
from syncing.people_sync.removals import is_anything_kept
from syncing.selectors import get_connection


@require_safe
@admin_required
def marketo(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@require_POST
@sensitive_post_parameters("client_secret")
@never_cache
@admin_required
def connect(request: SignedInRequest) -> HttpResponse:
    form = ConnectForm(request.POST)
    now = timezone.now()
    if form.is_valid():
        origin = connections.other_origin(form.cleaned_data["base_url"])
        try:
            connection = connections.connect_marketo(**form.cleaned_data, now=now)
        except SyncError as error:
            _say(form, error)
        else:
            record(
                actor=request.user,
                action=Action.MARKETO_CONNECTED,
                target=connection.base_url,
                details={
                    "client_id": connection.client_id,
                    **({"deleted_people_of": origin} if origin else {}),
                },
                now=now,
            )
            messages.success(request, _("Marketo is connected. Nothing syncs until you start it."))
            return redirect("settings:marketo")
    return render(request, "admin_config/marketo/connect.html", {"form": form})


@require_POST
@sensitive_post_parameters("client_secret")
@never_cache
@admin_required
def test(request: SignedInRequest) -> HttpResponse:
    """Test what was typed, or the connection as it stands; only the answer is shown."""
    connection = get_connection()
    if connection:
        credentials = connections.credentials_of(connection)
        context: dict[str, Any] = {"report": connections.test_connection(credentials)}
    else:
        form = ConnectForm(request.POST)
        context = {"form": form, "report": _test_typed(form) if form.is_valid() else None}
    if request.htmx:
        return render(request, "admin_config/marketo/report.html", context)
    return _page(request, **context)


@require_POST
@admin_required
@connection_required
def retry(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    """Test the connection that needed attention; if it works again, the sync goes on."""
    report = connections.retry_connection()
    if report.ok:
        messages.success(request, _("The connection works again. The sync goes on."))
        return redirect("settings:marketo")
    return _page(request, report=report)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("client_secret")
@never_cache
@admin_required
@connection_required
def secret(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    form = SecretForm(request.POST or None)
    now = timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            connections.rotate_secret(**form.cleaned_data)
        except SyncError as error:
            _say(form, error)
        else:
            record(
                actor=request.user,
                action=Action.MARKETO_SECRET_ROTATED,
                target=connection.base_url,
                now=now,
            )
            messages.success(request, _("The new client secret works and is in use."))
            return redirect("settings:marketo")
    return render(request, "admin_config/marketo/secret.html", {"form": form})


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def disconnect(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    if request.method != "POST":
        # Counted up to a limit: at a million people an exact number takes seconds.
        counted = Person.objects.active().order_by("pk").values("pk")[: COUNT_LIMIT + 1].count()
        context = {
            "people": min(counted, COUNT_LIMIT),
            "are_more": counted > COUNT_LIMIT,
            "is_bound": is_anything_kept(),
            "is_logging": MarketoActivityLog.load().is_on,
        }
        return render(request, "admin_config/marketo/disconnect.html", context)
    now = timezone.now()
    connections.disconnect_marketo(now=now)
    record(
        actor=request.user,
        action=Action.MARKETO_DISCONNECTED,
        target=connection.base_url,
        now=now,
    )
    messages.success(request, _("Marketo is disconnected. The people stay as they are."))
    return redirect("settings:marketo")


@require_POST
@admin_required
@connection_required
def options(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    form = OptionsForm(request.POST, instance=connection)
    now = timezone.now()
    if not form.is_valid():
        return _page(request, options_form=form)
    changes = {name: [form.initial[name], form.cleaned_data[name]] for name in form.changed_data}
    if changes:
        # Only these columns: the sync may be writing the others at this moment.
        connection.save(update_fields=list(changes))
        if "cycle_seconds" in changes:
            connections.hasten_next_cycle(within_seconds=connection.cycle_seconds, now=now)
        record(
            actor=request.user,
            action=Action.MARKETO_OPTIONS_CHANGED,
            target=connection.base_url,
            details=changes,
            now=now,
        )
    messages.success(request, _("The options are saved."))
    return redirect("settings:marketo")


@require_http_methods(["GET", "POST"])
@admin_required
@connection_required
def webhook(request: SignedInRequest, connection: MarketoConnection) -> HttpResponse:
    if request.method != "POST":
        return render(request, "admin_config/marketo/webhook.html")
    connections.rotate_webhook()
    record(
        actor=request.user,
        action=Action.WEBHOOK_ROTATED,
        target=connection.base_url,
        now=timezone.now(),
    )
    messages.success(request, _("The webhook has a new address. Enter it in Marketo."))
    return redirect("settings:marketo")


def _page(request: SignedInRequest, **context: Any) -> HttpResponse:
    connection = get_connection()
    if connection is None:
        context.setdefault("form", ConnectForm())
        return render(request, "admin_config/marketo/connect.html", context)
    with_idle_runs = shows_idle_runs(request)
    context = overview(connection, timezone.now(), with_idle_runs=with_idle_runs) | context
    return render(request, "admin_config/marketo/marketo.html", context)


def _test_typed(form: ConnectForm) -> connections.ConnectionReport | None:
    try:
        names = ("base_url", "client_id", "client_secret")
        typed = Credentials(**{name: form.cleaned_data[name] for name in names})
        return connections.test_connection(typed)
    except Misconfigured as error:
        _say(form, error)
        return None


def _say(form: Form, error: SyncError) -> None:
    """Put the error at the field it is about, with Marketo's own code."""
    field = error.setting if isinstance(error, Misconfigured) else None
    text = f"{error.message} ({error.code})" if error.code else error.message
    form.add_error(field if field in form.fields else None, text)
