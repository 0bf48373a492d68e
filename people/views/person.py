"""One person: a panel over whatever page is open, or a page of its own. Only for reading."""

from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from people.group_selectors import by_name, groups_of, visible_groups
from people.history import lines_of
from people.hooks import cards_of, person_actions
from people.links import links_of, safe_linkedin_url
from people.models import READ_ONLY, Person, PersonChange
from people.owners import owner_names
from people.selectors import duplicates_of
from people.views.requests import Request, frame_of, render_panel, wants_fragment

CHANGES_SHOWN = 20
DUPLICATES_SHOWN = 20
READING = ("GET", "HEAD", "OPTIONS")


@csrf_exempt  # It changes nothing, and whoever tries is told why, with or without a token.
def person(request: Request, pk: int) -> HttpResponse:
    if request.method not in READING:
        return _read_only(request)
    shown = get_object_or_404(Person.objects.select_related("merged_into"), pk=pk)
    duplicates = duplicates_of(shown)
    memberships = groups_of(people=[shown], user=request.user).get(shown.pk, [])
    own_groups = visible_groups(user=request.user).filter(owner=request.user)
    here = _address_below(request, shown)
    context = {
        "person": shown,
        "here": here,
        "owner_name": owner_names().get(shown.owner_salesforce_id, ""),
        "links": links_of(shown),
        "actions": person_actions,
        "cards": cards_of(request, shown, frame_of(request)),
        "linkedin_url": safe_linkedin_url(shown.linkedin_url),
        "duplicates": duplicates.order_by("pk")[:DUPLICATES_SHOWN],
        "duplicate_count": duplicates.count(),
        "memberships": memberships,
        "other_groups": by_name(own_groups.exclude(pk__in=[m.group_id for m in memberships])),
        **_page_of_changes(shown.changes.all()),
    }
    response = render_panel(request, "people/person.html", context)
    if request.htmx.target == "panel":
        response["HX-Push-Url"] = here
    return response


def _read_only(request: Request) -> HttpResponse:
    context = {"reason": READ_ONLY}
    response = render_panel(request, "people/read_only.html", context, status=405)
    response["Allow"] = ", ".join(READING)
    return response


def changes(request: Request, pk: int) -> HttpResponse:
    """Older changes, from the one named `before`."""
    shown = get_object_or_404(Person, pk=pk)
    earlier = shown.changes.all()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        last = get_object_or_404(earlier, pk=int(before))
        earlier = earlier.filter(happened_at__lte=last.happened_at).exclude(
            happened_at=last.happened_at, pk__gte=last.pk
        )
    context = {"person": shown, **_page_of_changes(earlier)}
    return render_panel(request, "people/changes.html", context)


def _page_of_changes(history: QuerySet[PersonChange]) -> dict[str, object]:
    newest = list(history.order_by("-happened_at", "-pk")[: CHANGES_SHOWN + 1])
    shown = newest[:CHANGES_SHOWN]
    return {
        "changes": shown,
        "lines_of": lines_of(shown),
        "older_than": shown[-1].pk if len(newest) > CHANGES_SHOWN else None,
    }


def _address_below(request: Request, shown: Person) -> str:
    """The address of the page below the panel, with the panel open; or the person's own page."""
    if not wants_fragment(request):
        return request.path
    parts = urlsplit(request.htmx.current_url_abs_path or reverse("people:list"))
    query = QueryDict(parts.query, mutable=True)
    query["person"] = str(shown.pk)
    return f"{parts.path}?{query.urlencode()}"
