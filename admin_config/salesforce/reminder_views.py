"""The sync of reminders in the settings: a preview before it begins, and how it goes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.salesforce.own_views import said
from admin_config.salesforce.reminder_forms import BeginForm
from syncing.errors import SyncError
from syncing.reminder_sync import services
from syncing.reminder_sync.models import ReminderSync
from syncing.reminder_sync.selectors import conflicts, standing
from syncing.reminder_sync.users import synced_users
from syncing.reminder_sync.wording import told
from syncing.salesforce_settings.models import SalesforceSettings

MOST_CONFLICTS = 50
PAGE = "settings:salesforce-reminders"


@require_safe
@admin_required
def reminders(request: SignedInRequest) -> HttpResponse:
    """What would come in if it is off, else how it stands."""
    context = {
        "is_on": SalesforceSettings.load().sync_reminders,
        "state": ReminderSync.load(),
        "form": BeginForm(),
        "existing": services.existing_reminders().count(),
        "standing": standing(),
        "users": synced_users(),
        "conflicts": [(event.link.reminder, told(event)) for event in conflicts()[:MOST_CONFLICTS]],
    }
    return render(request, "admin_config/salesforce/reminders.html", context)


@require_safe
@admin_required
def preview(request: SignedInRequest) -> HttpResponse:
    """What `?window=` would bring; Salesforce is asked each time."""
    form = BeginForm(request.GET)
    form.is_valid()
    window = form.cleaned_data.get("window", ReminderSync.Window.DAY)
    context: dict[str, object] = {}
    try:
        context["preview"] = services.preview_import(window=window, now=timezone.now())
    except SyncError as error:
        context["problem"] = said(error)
    return render(request, "admin_config/salesforce/reminders_preview.html", context)


@require_POST
@admin_required
def begin(request: SignedInRequest) -> HttpResponse:
    form = BeginForm(request.POST)
    if form.is_valid():
        now = timezone.now()
        sent = services.begin(**form.cleaned_data, by=request.user, now=now)
        messages.success(request, _("Reminders are synced from now on."))
        if sent:
            words = ngettext("%(count)d reminder is sent.", "%(count)d reminders are sent.", sent)
            messages.success(request, words % {"count": sent})
    return redirect(PAGE)


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def end(request: SignedInRequest) -> HttpResponse:
    """Say whom it touches, and stop when that is confirmed."""
    if request.method != "POST":
        context = {"users": synced_users().count(), "standing": standing()}
        return render(request, "admin_config/salesforce/reminders_end.html", context)
    services.stop_for_all(by=request.user, now=timezone.now())
    messages.success(request, _("Reminders are no longer synced. Nothing was deleted."))
    return redirect(PAGE)


@require_POST
@admin_required
def send_existing(request: SignedInRequest) -> HttpResponse:
    """Those from before the sync, when that was not asked for at first."""
    sent = services.send_existing(now=timezone.now())
    words = ngettext("%(count)d reminder is sent.", "%(count)d reminders are sent.", sent)
    messages.success(request, words % {"count": sent})
    return redirect(PAGE)
