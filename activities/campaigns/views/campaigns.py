"""Campaigns: find, read, make, change, clone, archive."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.campaigns import editing
from activities.campaigns.figures import figures_of, funnel_of, people_in
from activities.campaigns.forms import CampaignForm
from activities.campaigns.listing import Filters, find_campaigns, owners
from activities.campaigns.models import Campaign
from activities.campaigns.outlines import days_of
from activities.campaigns.selectors import may_edit
from activities.campaigns.views.finding import (
    FORM_METHODS,
    editable_campaign,
    render_campaign_panel,
    visible_campaign,
)
from people.errors import Refused
from people.views.requests import Request, go


@require_safe
def campaign_list(request: Request) -> HttpResponse:
    filters = Filters.parse(request.GET)
    found = list(find_campaigns(user=request.user, filters=filters))
    context = {
        "section": "campaigns",
        "filters": filters,
        "owners": owners(user=request.user),
        "count": len(found),
        "campaigns": found,
        "figures": figures_of(found),
    }
    return render(request, "campaigns/list.html", context)


@require_safe
def campaign(request: Request, pk: int) -> HttpResponse:
    shown = visible_campaign(request, pk)
    days = days_of(shown, user=request.user, now=timezone.now())
    context = {
        **_progress(shown),
        "section": "campaigns",
        "may_edit": may_edit(campaign=shown, user=request.user),
        "days": days,
        "next_day": days[-1].number + 1 if days else 1,
        "teams": shown.teams.order_by("name"),
    }
    return render(request, "campaigns/campaign.html", context)


@require_safe
def progress(request: Request, pk: int) -> HttpResponse:
    """The numbers of a campaign, which its page asks for again and again."""
    return render(request, "campaigns/progress.html", _progress(visible_campaign(request, pk)))


def _progress(shown: Campaign) -> dict[str, Any]:
    return {"campaign": shown, "people": people_in(shown), "funnel": funnel_of(shown)}


@require_http_methods(FORM_METHODS)
def create(request: Request) -> HttpResponse:
    form = CampaignForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            made = _created(request, dict(form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, reverse("campaigns:campaign", args=[made.pk]))
    return render_campaign_panel(request, "campaigns/form.html", {"form": form})


@transaction.atomic
def _created(request: Request, values: dict[str, Any]) -> Campaign:
    return editing.create_campaign(owner=request.user, now=timezone.now(), **_with_category(values))


@require_http_methods(FORM_METHODS)
def change(request: Request, pk: int) -> HttpResponse:
    shown = editable_campaign(request, pk)
    form = CampaignForm(request.POST or None, instance=shown, user=request.user)
    if form.is_valid():
        try:
            _change(shown, dict(form.cleaned_data))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, reverse("campaigns:campaign", args=[pk]))
    context = {"form": form, "campaign": shown}
    return render_campaign_panel(request, "campaigns/form.html", context)


@transaction.atomic
def _change(shown: Campaign, values: dict[str, Any]) -> None:
    editing.change_campaign(campaign=shown, now=timezone.now(), **_with_category(values))


def _with_category(values: dict[str, Any]) -> dict[str, Any]:
    """What the form holds as the services take it; makes the new category."""
    if name := values.pop("new_category"):
        values["category"] = editing.create_category(name=name)
    return values


@require_POST
def clone(request: Request, pk: int) -> HttpResponse:
    try:
        copy = editing.clone_campaign(
            campaign=visible_campaign(request, pk), owner=request.user, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("campaigns:campaign", pk)
    messages.success(request, _("This is your own copy. Only you see it until you share it."))
    return redirect("campaigns:campaign", copy.pk)


@require_POST
def archive(request: Request, pk: int) -> HttpResponse:
    """Put it away, or with `undo` take it back."""
    shown = editable_campaign(request, pk)
    if request.POST.get("undo"):
        editing.unarchive_campaign(campaign=shown)
        messages.success(request, _("People can be added to this campaign again."))
    else:
        editing.archive_campaign(campaign=shown, now=timezone.now())
        messages.success(
            request, _("The campaign is archived. Who is in it goes on; nobody can be added.")
        )
    return redirect("campaigns:campaign", pk)
