"""Sync settings and setup check of Salesforce in the settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.audit import Action, record
from admin_config.salesforce.own_views import said
from admin_config.salesforce.sync_forms import OwnSyncForm, SyncSettingsForm
from syncing.errors import SyncError
from syncing.salesforce_connections.selectors import get_org
from syncing.salesforce_settings.models import SalesforceSettings, UserSalesforceSettings
from syncing.salesforce_settings.services import change_settings
from syncing.salesforce_settings.setup_check import check_setup, deploy_fields
from syncing.salesforce_settings.subjects import (
    CALL_EXAMPLE,
    EXAMPLE,
    TOKENS,
    subject_of,
    validate_template,
)
from syncing.task_logging.services import count_unsent_past

FORM_METHODS = ("GET", "HEAD", "POST")


@require_http_methods(FORM_METHODS)
@admin_required
def sync_settings(request: SignedInRequest) -> HttpResponse:
    form = SyncSettingsForm(request.POST or None, instance=SalesforceSettings.load())
    if request.method == "POST" and form.is_valid():
        changed = change_settings(changes=form.cleaned_data, by=request.user, now=timezone.now())
        text = _("Saved. It holds from now on.") if changed else _("Nothing was changed.")
        messages.success(request, text)
        return redirect("settings:salesforce-sync")
    if form.errors:
        messages.error(request, _("Not saved. What is not right is marked below."))
    context = {
        "form": form,
        "tokens": [(f"{{{{{name}}}}}", about) for name, about in TOKENS.items()],
        "past": count_unsent_past(),
        **_examples(form["subject_template"].value() or ""),
    }
    return render(request, "admin_config/salesforce/sync_settings.html", context)


@require_POST
@admin_required
def subject_preview(request: SignedInRequest) -> HttpResponse:
    """What a template comes to, or what is wrong with it."""
    template = request.POST.get("subject_template", "")
    context: dict[str, Any] = _examples(template)
    try:
        validate_template(template)
    except ValidationError as error:
        context["problem"] = error.messages[0]
    return render(request, "admin_config/salesforce/subject_preview.html", context)


def _examples(template: str) -> dict[str, str]:
    call = subject_of(template, CALL_EXAMPLE) or CALL_EXAMPLE["call_outcome"]
    return {"email": subject_of(template, EXAMPLE), "call": call}


@require_POST
def own_sync(request: SignedInRequest) -> HttpResponse:
    """What a user chooses otherwise than the workspace."""
    if SalesforceSettings.load().is_enforced:
        messages.error(request, _("Your admin decides this for everybody."))
        return redirect("settings:my-salesforce")
    own = UserSalesforceSettings.objects.filter(user=request.user).first()
    form = OwnSyncForm(request.POST, instance=own or UserSalesforceSettings(user=request.user))
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds from now on."))
    else:
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
    return redirect("settings:my-salesforce")


@require_safe
@admin_required
def setup(request: SignedInRequest) -> HttpResponse:
    """Salesforce is asked each time the page is opened."""
    try:
        check = check_setup(now=timezone.now())
    except SyncError as error:
        context = {"problem": said(error)}
        return render(request, "admin_config/salesforce/setup.html", context)
    return render(request, "admin_config/salesforce/setup.html", {"check": check})


@require_POST
@admin_required
def deploy(request: SignedInRequest) -> HttpResponse:
    """Make the fields that were ticked in the preview."""
    now = timezone.now()
    try:
        made = deploy_fields(names=request.POST.getlist("field"), now=now)
    except SyncError as error:
        messages.error(request, said(error))
        return redirect("settings:salesforce-setup")
    if made:
        record(
            actor=request.user,
            action=Action.SALESFORCE_FIELDS_DEPLOYED,
            target=str(get_org() or ""),
            details={"fields": ", ".join(made)},
            now=now,
        )
    messages.success(
        request,
        ngettext("%(count)d field was made.", "%(count)d fields were made.", len(made))
        % {"count": len(made)},
    )
    return redirect("settings:salesforce-setup")
