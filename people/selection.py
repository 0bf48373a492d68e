"""Which people a bulk action is meant for: the ticked ones, or all that match."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from people.list_query import list_query
from people.models import Person
from people.selectors import find_people, find_similar

MAX_TICKED = 1_000
# Beside the filters of a list that showed people with similar words.
SIMILAR = "similar"


def selected_people(*, data: QueryDict, user: Any) -> QuerySet[Person]:
    """`all` with the `query` of the list means everybody in it, else `person` names each."""
    if data.get("all"):
        return all_that_match(query=QueryDict(data.get("query", "")), user=user)
    ticked = [int(pk) for pk in data.getlist("person")[:MAX_TICKED] if is_id(pk)]
    return Person.objects.active().filter(pk__in=ticked)


def all_that_match(*, query: QueryDict, user: Any) -> QuerySet[Person]:
    """Those whom the list showed: similar people never stand in for others who are gone."""
    if SIMILAR in query:
        return find_similar(params=query, user=user).people
    return find_people(params=query, user=user, only_exact=True).people


def query_for_all(query: QueryDict, *, is_similar: bool) -> str:
    """What `all_that_match` takes for a list with this query."""
    shown = list_query(query)
    if is_similar:
        shown[SIMILAR] = "1"
    return shown.urlencode()


def selection_of(data: QueryDict) -> Iterator[tuple[str, str]]:
    """The fields that `selected_people` reads, for a form in between to send on."""
    for name in ("all", "query") if data.get("all") else ("person",):
        for value in data.getlist(name):
            yield name, value


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))
