"""The Smart Grid of a person, a card of the panel, and of an account, a page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from people.models import Person
from people.views.requests import Request, render_card, render_panel, wants_fragment
from syncing.smart_grid.accounts import MOST_PEOPLE, people_of_account
from syncing.smart_grid.events import local_events, marketo_events
from syncing.smart_grid.grid import Choice, first_moment, make_grid
from syncing.smart_grid.people_pages import CARD
from syncing.smart_grid.reading import Reading
from syncing.smart_grid.snapshots import kept_reading, read_anew
from syncing.smart_grid.upcoming import upcoming_of

MOST_LEADS_READ = 90


@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    shown = get_object_or_404(Person, pk=pk)
    context = {
        "title": CARD.label,
        "person": shown,
        "account_address": account_address(shown),
        **_grid_of(request, [shown], {}),
    }
    return render_card(request, "smart_grid/grid.html", context)


@require_safe
def account(request: Request) -> HttpResponse:
    """The page comes at once and fetches its grid, which may wait for Marketo."""
    company = request.GET.get("company", "").strip()[:255]
    account_id = request.GET.get("account", "")[:18]
    if not company or "\x00" in company + account_id:
        raise Http404
    people = list(people_of_account(company=company, account_id=account_id)[: MOST_PEOPLE + 1])
    is_too_large = len(people) > MOST_PEOPLE
    context = {
        "company": company,
        "account_id": account_id if account_id.isalnum() else "",
        "people": people,
        "is_too_large": is_too_large,
        "most_people": MOST_PEOPLE,
        "base": "people/base_page.html",
        "card_heading": "h2",
    }
    subject = {"company": company, "account": account_id}
    is_grid_only = wants_fragment(request) and request.htmx.target == "smart-grid"
    if not is_grid_only and not is_too_large:
        context["upcoming"] = upcoming_of(people, user=request.user)
    if people and not is_too_large and (is_grid_only or request.GET.get("kept")):
        context |= _grid_of(request, people, subject)
    else:
        context |= {"address": _address(request, subject)}
    template = "smart_grid/grid.html" if is_grid_only else "smart_grid/account.html"
    return render_panel(request, template, context)


def account_address(shown: Person) -> str:
    """The page of the account of a person; empty if they have no company."""
    if not shown.company:
        return ""
    query = {"company": shown.company, "account": shown.salesforce_account_id}
    return f"{reverse('smart-grid:account')}?{urlencode(query)}"


def _grid_of(request: Request, people: Sequence[Person], subject: dict[str, str]) -> dict[str, Any]:
    """What the grid's template shows; `subject` are the parameters that name the account."""
    now = timezone.now()
    since = first_moment(now)
    leads = [one.marketo_id for one in people[:MOST_LEADS_READ]]
    reading = _reading_of(request, leads, now=now)

    def address(**chosen: object) -> str:
        return _address(request, {**subject, "kept": 1, **chosen})

    choice = Choice.parse(*(request.GET.get(name, "") for name in ("week", "row", "shown")))
    events = [
        *local_events(people, since=since, user=request.user),
        *marketo_events(reading.found.values(), people, since=since),
    ]
    return {
        "grid": make_grid(events, choice=choice, address=address, now=now),
        "has_events": bool(events),
        "reading": reading,
        "is_account": bool(subject),
        "people_read": min(len(people), MOST_LEADS_READ),
        "people_left_out": max(0, len(people) - MOST_LEADS_READ),
        "go_on_address": address(week=choice.week, row=choice.row, more=1),
        "again_address": _address(request, subject),
    }


def _address(request: Request, params: Mapping[str, object]) -> str:
    return f"{request.path}?{urlencode({name: value for name, value in params.items() if value})}"


def _reading_of(request: Request, leads: Sequence[int], *, now: datetime) -> Reading:
    """Whoever opens the grid reads Marketo; whoever clicks in it does not."""
    user_id = request.user.pk
    if not request.GET.get("kept"):
        return read_anew(leads, user_id=user_id, now=now)
    goes_on = bool(request.GET.get("more"))
    return kept_reading(leads, user_id=user_id, goes_on=goes_on, now=now)
