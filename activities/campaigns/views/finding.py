"""What a page is about, for whoever may see or change it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from activities.campaigns.models import Campaign, Step
from activities.campaigns.selectors import may_edit, visible_campaigns
from people.views.requests import Request, frame_of, render_panel

FORM_METHODS = ("GET", "HEAD", "POST")


def visible_campaign(request: Request, pk: int) -> Campaign:
    campaigns = visible_campaigns(user=request.user).select_related("owner", "category")
    found: Campaign = get_object_or_404(campaigns, pk=pk)
    return found


def editable_campaign(request: Request, pk: int) -> Campaign:
    """The campaign if the user may edit it; one that the user may not see does not exist."""
    campaign = visible_campaign(request, pk)
    if not may_edit(campaign=campaign, user=request.user):
        raise PermissionDenied(_("Only its owner or an admin may change a campaign. Clone it."))
    return campaign


def editable_step(request: Request, pk: int) -> Step:
    step: Step = get_object_or_404(Step.objects.filter(removed_at=None), pk=pk)
    step.campaign = editable_campaign(request, step.campaign_id)
    return step


def render_campaign_panel(
    request: Request, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A panel, or for a plain link a page that leads back to the campaigns."""
    base = {} if frame_of(request)["is_panel"] else {"base": "campaigns/base_page.html"}
    context = {**base, "section": "campaigns", **context}
    return render_panel(request, template, context, status=status)
