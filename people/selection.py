"""Which people a bulk action is meant for: the ticked ones, or all that match."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from people.models import Person
from people.selectors import find_people

MAX_TICKED = 1_000


def selected_people(*, data: QueryDict, user: Any) -> QuerySet[Person]:
    """`all` with the `query` of the list means everybody in it, else `person` names each."""
    if data.get("all"):
        return find_people(params=QueryDict(data.get("query", "")), user=user).people
    ticked = [int(pk) for pk in data.getlist("person")[:MAX_TICKED] if is_id(pk)]
    return Person.objects.active().filter(pk__in=ticked)


def selection_of(data: QueryDict) -> Iterator[tuple[str, str]]:
    """The fields that `selected_people` reads, for a form in between to send on."""
    for name in ("all", "query") if data.get("all") else ("person",):
        for value in data.getlist(name):
            yield name, value


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(2**63))
