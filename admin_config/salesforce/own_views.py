"""My Salesforce in the settings, and the way to Salesforce and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from admin_config.access import SignedInRequest
from admin_config.audit import Action, record
from admin_config.salesforce import handshakes
from admin_config.salesforce.sync_forms import OwnSyncForm
from syncing.errors import SyncError
from syncing.salesforce_connections import connecting
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.probe import test_connection
from syncing.salesforce_connections.selectors import get_org, main_connection, own_connection
from syncing.salesforce_settings.models import SalesforceSettings, UserSalesforceSettings

DENIED = "access_denied"


@require_safe
def my_salesforce(request: SignedInRequest) -> HttpResponse:
    own = UserSalesforceSettings.objects.filter(user=request.user).first()
    context = {
        "org": get_org(),
        "connection": own_connection(request.user),
        "has_main": main_connection() is not None,
        "is_enforced": SalesforceSettings.load().is_enforced,
        "form": OwnSyncForm(instance=own),
    }
    return render(request, "admin_config/salesforce/my_salesforce.html", context)


@require_safe
@never_cache
def connect(request: SignedInRequest) -> HttpResponse:
    """To Salesforce, where the user signs in and allows us to act for them."""
    return start(request, is_main=False)


@require_safe
@never_cache
def callback(request: SignedInRequest) -> HttpResponse:
    """The way back, with the user's answer."""
    now = timezone.now()
    pending = handshakes.take(request, now=now)
    if pending is None:
        text = _("This answer of Salesforce is not to what was begun here, or too old. Try again.")
        messages.error(request, text)
        return redirect("settings:my-salesforce")
    page = "settings:salesforce" if pending.is_main else "settings:my-salesforce"
    if refusal := request.GET.get("error"):
        messages.error(request, _refused(refusal, request.GET.get("error_description", "")))
    elif pending.is_main and not request.user.is_admin:
        messages.error(request, _("Only an admin can make the main connection."))
        page = "settings:my-salesforce"
    else:
        _finish(request, pending)
    return redirect(page)


@require_POST
def test(request: SignedInRequest) -> HttpResponse:
    connection = own_connection(request.user)
    if connection:
        report = test_connection(connection, now=timezone.now())
        if report.ok:
            messages.success(request, _("It works."))
        for problem in report.problems:
            messages.error(request, problem.message)
    return redirect("settings:my-salesforce")


@require_POST
def disconnect(request: SignedInRequest) -> HttpResponse:
    connection = own_connection(request.user)
    if connection:
        connecting.disconnect(connection=connection)
        _record(request, Action.SALESFORCE_DISCONNECTED, connection)
        messages.success(request, _("You are disconnected from Salesforce."))
    return redirect("settings:my-salesforce")


def said(error: SyncError) -> str:
    """The error in words, with Salesforce's own code."""
    return f"{error.message} ({error.code})" if error.code else error.message


def start(request: SignedInRequest, *, is_main: bool) -> HttpResponse:
    """Send the browser to Salesforce.

    By a link, not a form: the content policy lets forms lead nowhere but to ourselves, and
    browsers hold that against redirects of an answer to a form, too.
    """
    hint = "" if is_main else request.user.email
    try:
        url, handshake = connecting.begin_connect(
            redirect_uri=handshakes.callback_url(), login_hint=hint
        )
    except SyncError as error:
        messages.error(request, error.message)
        return redirect("settings:salesforce-app" if is_main else "settings:my-salesforce")
    handshakes.remember(request, handshake, is_main=is_main, now=timezone.now())
    return redirect(url)


def _finish(request: SignedInRequest, pending: handshakes.Pending) -> None:
    try:
        connection = connecting.finish_connect(
            user=None if pending.is_main else request.user,
            code=request.GET.get("code", ""),
            verifier=pending.verifier,
            redirect_uri=handshakes.callback_url(),
            now=timezone.now(),
        )
    except SyncError as error:
        messages.error(request, said(error))
        return
    _record(request, Action.SALESFORCE_CONNECTED, connection)
    text = _("Salesforce is connected as %(name)s.") % {"name": connection.salesforce_user_name}
    messages.success(request, text)


def _refused(error: str, description: str) -> str:
    if error == DENIED:
        return _("Salesforce was told not to allow it. Nothing is connected.")
    text = _("Salesforce did not allow it: %(words)s. Nothing is connected.")
    return text % {"words": description or error}


def _record(request: SignedInRequest, action: Action, connection: SalesforceConnection) -> None:
    record(
        actor=request.user,
        action=action,
        target=str(get_org() or ""),
        details={
            "as": connection.salesforce_username,
            "connection": "main" if connection.is_main else "own",
        },
        now=timezone.now(),
    )
