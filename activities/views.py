"""The timeline of a person."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from activities.paging import Cursor
from activities.timeline import CHOICES, KINDS, read_timeline
from people.models import Person
from people.views.requests import Request, render_panel, wants_fragment


@require_safe
def timeline(request: Request, pk: int) -> HttpResponse:
    """All of the card to narrow it down, its next rows to read on, or a page of its own."""
    person = get_object_or_404(Person, pk=pk)
    after = Cursor.parse(request.GET.get("after", ""))
    context = {
        "person": person,
        **timeline_context(request, person, request.GET.get("show", ""), after),
    }
    if not wants_fragment(request):
        template = "activities/timeline_page.html"
    elif after:
        template = "activities/timeline_rows.html"
    else:
        template = "activities/timeline.html"
    return render_panel(request, template, context)


def timeline_context(
    request: Request, person: Person, choice: str = "", after: Cursor | None = None
) -> dict[str, Any]:
    return {
        "timeline": read_timeline(person=person, user=request.user, choice=choice, after=after),
        "choices": CHOICES,
        "choice": choice if choice in KINDS else "",
    }
