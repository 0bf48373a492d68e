"""The steps of a campaign: add, change, move, remove; also while people run."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from activities.campaigns import editing
from activities.campaigns.forms import StepForm
from activities.campaigns.models import Campaign, Member, Step
from activities.campaigns.schedule import is_automatic_email
from activities.campaigns.selectors import steps_of
from activities.campaigns.views.finding import (
    FORM_METHODS,
    editable_campaign,
    editable_step,
    render_campaign_panel,
)
from activities.emails.fields import DYNAMIC_FIELDS
from activities.emails.template_selectors import usable_templates
from people.selection import is_id
from people.views.requests import Request, go


@require_http_methods(FORM_METHODS)
def create(request: Request, pk: int) -> HttpResponse:
    """`?day=` is where the button was."""
    campaign = editable_campaign(request, pk)
    day = request.GET.get("day", "")
    step = Step(
        campaign=campaign, day=min(int(day), Step.MAX_DAY) if is_id(day) and int(day) else 1
    )
    step.send_option = _usual_option(campaign, step)
    return _edit(request, step)


@require_http_methods(FORM_METHODS)
def change(request: Request, pk: int) -> HttpResponse:
    return _edit(request, editable_step(request, pk))


@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    """`up` or down by one within its day."""
    step = editable_step(request, pk)
    editing.move_step(step=step, up="up" in request.POST, now=timezone.now())
    return redirect("campaigns:campaign", step.campaign_id)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    step = editable_step(request, pk)
    editing.remove_step(step=step, now=timezone.now())
    messages.success(request, _("The step is removed. Who was about to begin it goes on."))
    return go(request, reverse("campaigns:campaign", args=[step.campaign_id]))


def _edit(request: Request, step: Step) -> HttpResponse:
    has_email_before = _has_email_before(step)
    data = request.POST if request.method == "POST" else None
    form = StepForm(
        data,
        instance=step,
        user=request.user,
        kind=_kind(request, step),
        has_email_before=has_email_before,
        initial=_text_of_template(request),
    )
    if form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        editing.save_step(step=step, now=timezone.now(), **values)
        return go(request, reverse("campaigns:campaign", args=[step.campaign_id]))
    running = step.campaign.members.filter(state__in=Member.OPEN_STATES)
    context = {
        "form": form,
        "step": step,
        "campaign": step.campaign,
        "running": running.count(),
        "dynamic_fields": DYNAMIC_FIELDS,
    }
    return render_campaign_panel(request, "campaigns/step.html", context)


def _kind(request: Request, step: Step) -> str:
    """What the step is to be: as the form or `?kind=` says, or as it was."""
    chosen = request.POST.get("kind") or request.GET.get("kind")
    return chosen if chosen in Step.Kind.values else step.kind


def _text_of_template(request: Request) -> dict[str, Any]:
    """`?template=` fills the form with that template's text."""
    pk = request.GET.get("template", "")
    if request.method == "POST" or not is_id(pk):
        return {}
    template = get_object_or_404(usable_templates(user=request.user), pk=int(pk))
    return {
        "template": template.pk,
        "subject": template.subject,
        "body_html": template.body_html,
        "files": template.files.filter(owner=request.user, deleted_at=None),
    }


def _usual_option(campaign: Campaign, step: Step) -> Step.SendOption:
    return Step.SendOption.SAME_TIME if _has_email_before(step) else Step.SendOption.AT_LAUNCH


def _has_email_before(step: Step) -> bool:
    """Whether an email goes out earlier; a new step comes last on its day."""
    place = (step.day, step.position, step.pk) if step.pk else (step.day + 1, 0, 0)
    return any(
        is_automatic_email(each) and (each.day, each.position, each.pk) < place
        for each in steps_of(step.campaign)
    )
