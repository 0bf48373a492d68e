"""Adding people to a campaign: whom, to which, what to write to each, what would fail, and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from activities.campaigns import services
from activities.campaigns.forms import LaunchForm
from activities.campaigns.models import Campaign, Launch
from activities.campaigns.outlines import outline_of
from activities.campaigns.preflight import findings
from activities.campaigns.schedule import first_email
from activities.campaigns.selectors import steps_of, visible_campaigns
from activities.campaigns.views.finding import (
    FORM_METHODS,
    render_campaign_panel,
    visible_campaign,
)
from activities.campaigns.wizard import Answers, for_all, rows_of
from activities.emails.fields import DYNAMIC_FIELDS
from people.errors import Refused
from people.group_selectors import by_name, visible_groups
from people.models import Group, Person
from people.query_plans import TOO_SLOW, TooSlow
from people.selection import is_id, selected_people
from people.views.requests import Request, back

MAX_PEOPLE = Launch.MAX_PEOPLE


@require_http_methods(FORM_METHODS)
def choose(request: Request) -> HttpResponse:
    """For people ticked in a list, a `?group=` or a `?person=`: which campaign?"""
    try:
        people = _chosen_people(request)
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    campaigns = visible_campaigns(user=request.user).filter(archived_at=None)
    context = {
        "people": people[:MAX_PEOPLE],
        "count": len(people),
        "limit": MAX_PEOPLE,
        "campaigns": campaigns.filter(steps__removed_at=None, steps__isnull=False)
        .annotate(step_count=Count("steps"))
        .select_related("category")
        .order_by(Lower("category__name"), Lower("name")),
    }
    return render_campaign_panel(request, "campaigns/choose.html", context)


def add(request: Request, pk: int) -> HttpResponse:
    """From the campaign's own page: whom?"""
    context = {
        "campaign": visible_campaign(request, pk),
        "groups": by_name(
            visible_groups(user=request.user)
            .annotate(people_count=Count("people"))
            .filter(people_count__gt=0)
        ),
    }
    return render_campaign_panel(request, "campaigns/add.html", context)


def _chosen_people(request: Request) -> list[Person]:
    """One more than may be added, when they are too many."""
    data = request.POST if request.method == "POST" else request.GET
    people: QuerySet[Person] = selected_people(data=data, user=request.user)
    if is_id(group := data.get("group", "")) and "person" not in data and "all" not in data:
        groups: QuerySet[Group] = visible_groups(user=request.user)
        people = get_object_or_404(groups, pk=int(group)).people.active()
    return list(people.order_by("last_name", "pk")[: MAX_PEOPLE + 1])


@require_http_methods(FORM_METHODS)
def launch(request: Request, pk: int) -> HttpResponse:
    """The whole launch on one page; each button sends all of it."""
    campaign = visible_campaign(request, pk)
    if request.method != "POST":
        return redirect("campaigns:campaign", pk)
    try:
        people = _chosen_people(request)
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    form = LaunchForm(request.POST if "start" in request.POST else None, user=request.user)
    if "launch" in request.POST and form.is_valid():
        try:
            return _launched(request, campaign, people, form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    return _show(request, campaign, people, form)


def _launched(
    request: Request, campaign: Campaign, people: Sequence[Person], values: dict[str, Any]
) -> HttpResponse:
    answers = Answers.parse(request.POST)
    now = timezone.now()
    added = services.launch(
        campaign=campaign,
        seller=request.user,
        people=[person for person in people if person.pk not in answers.left_out],
        starts_at=values["starts_at"] if values["start"] == "later" else now,
        now=now,
        identity=values["identity"],
        edits=answers.edits,
    )
    count = added.members.count()
    messages.success(
        request,
        ngettext("%(count)d person added.", "%(count)d people added.", count) % {"count": count},
    )
    return redirect(reverse("campaigns:members", args=[campaign.pk]))


def _show(
    request: Request, campaign: Campaign, people: Sequence[Person], form: LaunchForm
) -> HttpResponse:
    now = timezone.now()
    values = form.cleaned_data if form.is_bound and form.is_valid() else {}
    starts_at = values.get("starts_at") if values.get("start") == "later" else None
    answers = Answers.parse(request.POST)
    found = findings(
        campaign=campaign,
        seller=request.user,
        people=people,
        now=now,
        identity=values.get("identity"),
        edits=answers.edits,
    )
    first = first_email(list(steps_of(campaign)))
    rows = rows_of(people=people, findings=found, answers=answers, first=first)
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "form": form,
        "rows": rows,
        "going": sum(not row.is_left_out for row in rows),
        "first_email": first,
        "dynamic_fields": DYNAMIC_FIELDS,
        "outline": outline_of(campaign, user=request.user, starts_at=starts_at or now),
        "for_all": for_all(found, people),
        "limit": MAX_PEOPLE,
        "is_too_many": len(people) > MAX_PEOPLE,
    }
    return render(request, "campaigns/launch.html", context)
