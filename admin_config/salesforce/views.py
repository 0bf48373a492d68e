"""Salesforce in the settings: our app there, the main connection, and who is connected."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.models import User
from admin_config.salesforce.forms import AppForm, OptionsForm
from admin_config.salesforce.handshakes import callback_url
from admin_config.salesforce.own_views import said, start
from admin_config.sign_in.policy import is_salesforce_only
from admin_config.sign_in.salesforce import callback_url as sign_in_callback_url
from admin_config.tasks import mail_salesforce_reminders
from syncing.connections import ConnectionReport
from syncing.delivery.models import Destination
from syncing.delivery.selectors import parked
from syncing.errors import Misconfigured, SyncError
from syncing.salesforce_connections import connecting
from syncing.salesforce_connections.budget import budget_of
from syncing.salesforce_connections.credentials import save_app
from syncing.salesforce_connections.matching import match_users
from syncing.salesforce_connections.models import SalesforceOrg
from syncing.salesforce_connections.probe import test_connection
from syncing.salesforce_connections.selectors import (
    connections,
    get_org,
    main_connection,
    unconnected_users,
)
from syncing.salesforce_connections.ties import require_untied

FORM_METHODS = ("GET", "HEAD", "POST")


@require_safe
@admin_required
def salesforce(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@require_http_methods(FORM_METHODS)
@sensitive_post_parameters("client_secret")
@never_cache
@admin_required
def app(request: SignedInRequest) -> HttpResponse:
    """Enter our app in Salesforce, or change it."""
    form = AppForm(request.POST or None, org=get_org())
    if request.method == "POST" and form.is_valid():
        names = ("login_url", "client_id", "client_secret")
        try:
            org = save_app(**{name: form.cleaned_data[name] for name in names})
        except Misconfigured as error:
            form.add_error(None, error.message)
        else:
            details = {"login_url": org.login_url, "client_id": org.client_id}
            _record(request, Action.SALESFORCE_APP_SAVED, org, **details)
            messages.success(request, _("The app is saved. Connect Salesforce with it."))
            return redirect("settings:salesforce")
    context = {
        "form": form,
        "callback_urls": (callback_url(), sign_in_callback_url()),
        "is_new": get_org() is None,
    }
    return render(request, "admin_config/salesforce/app.html", context)


@require_safe
@never_cache
@admin_required
def connect(request: SignedInRequest) -> HttpResponse:
    """To Salesforce, where an admin or an integration user signs in for the workspace."""
    return start(request, is_main=True)


@require_POST
@admin_required
def connect_app(request: SignedInRequest) -> HttpResponse:
    """Let the app act as the user whom it runs as in Salesforce."""
    try:
        connection = connecting.connect_app(now=timezone.now())
    except SyncError as error:
        messages.error(request, said(error))
    else:
        details = {"as": connection.salesforce_username}
        _record(request, Action.SALESFORCE_CONNECTED, get_org(), **details)
        messages.success(request, _("Salesforce is connected."))
    return redirect("settings:salesforce")


@require_POST
@admin_required
def test(request: SignedInRequest) -> HttpResponse:
    connection = main_connection()
    if connection is None:
        return redirect("settings:salesforce")
    report = test_connection(connection, now=timezone.now())
    if request.htmx:
        return render(request, "admin_config/salesforce/report.html", {"report": report})
    return _page(request, report=report)


@require_POST
@admin_required
def options(request: SignedInRequest) -> HttpResponse:
    org = get_org()
    if org is None:
        return redirect("settings:salesforce")
    form = OptionsForm(request.POST, instance=org)
    if not form.is_valid():
        return _page(request, options_form=form)
    if form.changed_data:
        org.save(update_fields=form.changed_data)
        changes = {
            name: [form.initial[name], form.cleaned_data[name]] for name in form.changed_data
        }
        _record(request, Action.SALESFORCE_OPTIONS_CHANGED, org, **changes)
    messages.success(request, _("The options are saved."))
    return redirect("settings:salesforce")


@require_POST
@admin_required
def match(request: SignedInRequest) -> HttpResponse:
    """Look for the Salesforce users of ours by their addresses."""
    try:
        matching = match_users(now=timezone.now())
    except SyncError as error:
        messages.error(request, said(error))
        return redirect("settings:salesforce")
    messages.success(
        request,
        ngettext(
            "%(count)d user got a Salesforce user ID.",
            "%(count)d users got a Salesforce user ID.",
            matching.filled,
        )
        % {"count": matching.filled},
    )
    if matching.without:
        who = ", ".join(matching.without)
        messages.warning(request, _("Nobody in Salesforce has the address of: %s") % who)
    if matching.ambiguous:
        who = ", ".join(matching.ambiguous)
        messages.warning(request, _("More than one Salesforce user has the address of: %s") % who)
    return redirect("settings:salesforce")


@require_POST
@admin_required
def remind(request: SignedInRequest) -> HttpResponse:
    """Mail everybody who is not connected where to do it."""
    users = list(unconnected_users())
    mail_salesforce_reminders([user.pk for user in users])
    _record(request, Action.SALESFORCE_REMINDED, get_org(), users=len(users))
    messages.success(
        request,
        ngettext("%(count)d user is reminded.", "%(count)d users are reminded.", len(users))
        % {"count": len(users)},
    )
    return redirect("settings:salesforce")


@require_http_methods(FORM_METHODS)
@admin_required
def disconnect(request: SignedInRequest) -> HttpResponse:
    """End the main connection; sellers' own go on."""
    connection = main_connection()
    if connection is None:
        return redirect("settings:salesforce")
    if request.method != "POST":
        return render(request, "admin_config/salesforce/disconnect.html")
    connecting.disconnect(connection=connection)
    details = {"as": connection.salesforce_username}
    _record(request, Action.SALESFORCE_DISCONNECTED, get_org(), **details)
    messages.success(request, _("The main connection to Salesforce has ended."))
    return redirect("settings:salesforce")


@require_http_methods(FORM_METHODS)
@admin_required
def leave_org(request: SignedInRequest) -> HttpResponse:
    """Disconnect everybody, so that another org may be connected."""
    org = get_org()
    if org is None:
        return redirect("settings:salesforce")
    if is_salesforce_only():
        text = _("Users sign in with Salesforce only. Let them in by other ways first.")
        messages.error(request, text)
        return redirect("settings:sign-in")
    try:
        require_untied(org)
        if request.method != "POST":
            context = {"org": org, "count": connections().count()}
            return render(request, "admin_config/salesforce/leave_org.html", context)
        count = connecting.disconnect_everybody()
    except SyncError as error:
        messages.error(request, error.message)
        return redirect("settings:salesforce")
    _record(request, Action.SALESFORCE_ORG_LEFT, org, connections=count)
    messages.success(request, _("Everybody is disconnected from Salesforce."))
    return redirect("settings:salesforce")


def _page(
    request: SignedInRequest,
    *,
    report: ConnectionReport | None = None,
    options_form: OptionsForm | None = None,
) -> HttpResponse:
    org = get_org()
    if org is None:
        return redirect("settings:salesforce-app")
    users = User.objects.filter(is_active=True).select_related("salesforce_connection")
    context: dict[str, Any] = {
        "org": org,
        "connection": main_connection(),
        "parked": parked(Destination.SALESFORCE).count(),
        "budget": budget_of(org, now=timezone.now()),
        "users": users.order_by("email"),
        "unconnected": unconnected_users().count(),
        "is_sandbox": urlsplit(org.login_url).scheme == "http",
        "options_form": options_form or OptionsForm(instance=org),
        "report": report,
    }
    return render(request, "admin_config/salesforce/salesforce.html", context)


def _record(
    request: SignedInRequest, action: Action, org: SalesforceOrg | None, **details: Any
) -> None:
    record(
        actor=request.user,
        action=action,
        target=str(org or ""),
        details=details,
        now=timezone.now(),
    )
