"""One person: a panel over whatever page is open, or a page of its own. Only for reading."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from people.group_selectors import by_name, groups_around
from people.history import lines_of
from people.hooks import Card, person_actions, person_cards, with_notes
from people.links import links_of, safe_linkedin_url
from people.models import READ_ONLY, Person, PersonChange
from people.owners import owner_of
from people.selection import is_id
from people.selectors import duplicates_of
from people.unsubscribes import history_of
from people.views.requests import Request, address_below, render_card, render_panel

CHANGES_SHOWN = 20
DUPLICATES_SHOWN = 20
CHANGES_CARD = Card(_("Sync history"), "people:changes")
READING = ("GET", "HEAD", "OPTIONS")


@csrf_exempt  # It changes nothing, and whoever tries is told why, with or without a token.
def person(request: Request, pk: int) -> HttpResponse:
    if request.method not in READING:
        return _read_only(request)
    shown = get_object_or_404(Person.objects.select_related("merged_into"), pk=pk)
    groups: list[Any] = by_name(groups_around(person=shown, user=request.user))
    unsubscribes = list(history_of(shown))
    standing = [row.unsubscribed_at for row in unsubscribes if row.resubscribed_at is None]
    here = address_below(request, shown)
    context = {
        "person": shown,
        "here": here,
        "owner": owner_of(shown.owner_salesforce_id),
        "links": links_of(shown),
        "actions": person_actions,
        "cards": person_cards,
        "changes_card": CHANGES_CARD,
        "linkedin_url": safe_linkedin_url(shown.linkedin_url),
        "duplicates": list(duplicates_of(shown)[:DUPLICATES_SHOWN]),
        "unsubscribes": with_notes(unsubscribes),
        "unsubscribed_since": min(standing, default=None),
        "groups": [group for group in groups if group.has_person],
        "other_groups": [
            group for group in groups if group.owner_id == request.user.pk and not group.has_person
        ],
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
    """The changes of a person as a card of the panel, older than the one named `before`."""
    shown = get_object_or_404(Person, pk=pk)
    earlier = shown.changes.all()
    before = request.GET.get("before", "")
    if is_id(before):
        last = get_object_or_404(earlier, pk=int(before))
        earlier = earlier.filter(happened_at__lte=last.happened_at).exclude(
            happened_at=last.happened_at, pk__gte=last.pk
        )
    context = {"title": CHANGES_CARD.label, "person": shown, **_page_of_changes(earlier)}
    return render_card(request, "people/change_list.html", context)


def _page_of_changes(history: QuerySet[PersonChange]) -> dict[str, object]:
    newest = list(history.order_by("-happened_at", "-pk")[: CHANGES_SHOWN + 1])
    shown = newest[:CHANGES_SHOWN]
    return {
        "changes": shown,
        "lines_of": lines_of(shown),
        "older_than": shown[-1].pk if len(newest) > CHANGES_SHOWN else None,
    }
