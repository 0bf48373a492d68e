"""The people in a campaign: where they stand, and pause, resume, remove, retry and skip."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activities.campaigns import services
from activities.campaigns.figures import people_in
from activities.campaigns.models import Campaign, Member
from activities.campaigns.selectors import manageable_members
from activities.campaigns.standing import Filters, campaigns_of, read_members
from activities.campaigns.views.finding import (
    FORM_METHODS,
    render_campaign_panel,
    visible_campaign,
)
from people.errors import Refused
from people.models import Person
from people.query_plans import TOO_SLOW, TooSlow
from people.selection import is_id, selected_people, selection_of
from people.views.requests import Request, address_below, back, render_card

Service = Callable[..., int]
ACTIONS: dict[str, Service] = {
    "pause": services.pause_members,
    "resume": services.resume_members,
    "remove": services.remove_members,
    "retry": services.retry_members,
    "skip": services.skip_step,
}
MAX_TICKED = 1_000


@require_safe
def member_list(request: Request, pk: int) -> HttpResponse:
    campaign = visible_campaign(request, pk)
    filters = Filters.parse(request.GET)
    people = people_in(campaign)
    context = {
        "section": "campaigns",
        "campaign": campaign,
        "filters": filters,
        "people": people,
        "total": sum(count for _state, _label, count in people),
        "sellers": get_user_model().objects.filter(
            pk__in=campaign.members.values("seller").distinct()
        ),
        "page": read_members(campaign=campaign, filters=filters, user=request.user),
    }
    return render(request, "campaigns/members.html", context)


@require_POST
def change(request: Request) -> HttpResponse:
    """Do with the ticked members what the button says; to remove them is asked about first."""
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise Http404
    ticked = [int(pk) for pk in request.POST.getlist("member")[:MAX_TICKED] if is_id(pk)]
    members = manageable_members(user=request.user).filter(pk__in=ticked)
    if action == "remove" and not request.POST.get("sure"):
        return _ask(request, members)
    try:
        count = ACTIONS[action](members=members, by=request.user, now=timezone.now())
        messages.success(request, _told(action, count))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return back(request)


def _ask(request: Request, members: QuerySet[Member]) -> HttpResponse:
    running = members.filter(state__in=Member.OPEN_STATES).select_related("person", "campaign")
    context = {"members": running, "count": running.count(), "next": request.POST.get("next", "")}
    return render_campaign_panel(request, "campaigns/remove.html", context)


def _told(action: str, count: int) -> str:
    text = {
        "pause": ngettext("%(count)d person paused.", "%(count)d people paused.", count),
        "resume": ngettext("%(count)d person goes on.", "%(count)d people go on.", count),
        "remove": ngettext("%(count)d person removed.", "%(count)d people removed.", count),
        "retry": ngettext("Tried again for %(count)d person.", "Tried again for %(count)d.", count),
        "skip": ngettext("Step skipped for %(count)d person.", "Skipped for %(count)d.", count),
    }
    return text[action] % {"count": count}


@require_http_methods(FORM_METHODS)
def leave(request: Request) -> HttpResponse:
    """Take the people ticked on the people page out of a campaign they run in."""
    chosen = request.POST.get("campaign", "")
    try:
        people = selected_people(data=request.POST, user=request.user)
        running = manageable_members(user=request.user).filter(
            person__in=list(people[:MAX_TICKED]), state__in=Member.OPEN_STATES
        )
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    if is_id(chosen):
        members = running.filter(campaign=int(chosen))
        count = services.remove_members(members=members, by=request.user, now=timezone.now())
        messages.success(request, _told("remove", count))
        return back(request)
    context = {
        "campaigns": Campaign.objects.filter(members__in=running).annotate(people=Count("members")),
        "selection": list(selection_of(request.POST)),
        "next": request.POST.get("next") or reverse("people:list"),
    }
    return render_campaign_panel(request, "campaigns/leave.html", context)


@require_safe
def about(request: Request, pk: int) -> HttpResponse:
    """The campaigns a person is or was in, as a card of the panel."""
    person = get_object_or_404(Person, pk=pk)
    context = {
        "title": _("Sales campaigns"),
        "person": person,
        "here": address_below(request, person),
        "standings": campaigns_of(person, user=request.user),
    }
    return render_card(request, "campaigns/person_card.html", context)
