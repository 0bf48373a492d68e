"""Reads of the people pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from people.filters import PersonFilter
from people.models import Person
from people.paging import COUNT_LIMIT, PAGE_SIZE, Cursor, Page, count_up_to, read_page
from people.search import words_of
from people.sorting import Sort


def people_matching(
    *,
    params: Mapping[str, Any],
    user: Any,
    among: QuerySet[Person] | None = None,
    similar: bool = False,
) -> QuerySet[Person]:
    """The people that match, in no order; a parameter that makes no sense is left out.

    `among` are the active people unless told otherwise.
    """
    among = Person.objects.active() if among is None else among
    matching: QuerySet[Person] = PersonFilter(params, among, user=user, similar=similar).qs
    return matching


@dataclass(frozen=True)
class PeopleList:
    """What the list page shows."""

    page: Page
    # No more than COUNT_LIMIT + 1.
    counted: int
    sort: Sort
    # Nobody has the words searched for; these have words like them.
    is_similar: bool

    @property
    def is_count_exact(self) -> bool:
        return self.counted <= COUNT_LIMIT


def people_list(
    *,
    params: Mapping[str, Any],
    user: Any,
    among: QuerySet[Person] | None = None,
    size: int = PAGE_SIZE,
) -> PeopleList:
    """One page of people with the filters, the order and the cursor of `params`.

    Raises TooSlow for a combination that the database can't answer in time.
    """
    sort = Sort.parse(params.get("sort", ""))
    among = Person.objects.active() if among is None else among
    people = people_matching(params=params, user=user, among=among)
    counted = count_up_to(people)
    is_similar = counted == 0 and bool(words_of(params.get("q", "")))
    if is_similar:
        people = people_matching(params=params, user=user, among=among, similar=True)
        counted = count_up_to(people)
    page = read_page(
        people,
        among=among,
        count=counted,
        sort=sort,
        cursor=Cursor.parse(params.get("cursor", ""), sort),
        size=size,
    )
    return PeopleList(page, counted, sort, is_similar=is_similar and counted > 0)
