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

# Filters on the very column of an order.
FILTERS_OF_INDEX = {
    "email": ("has_email",),
    "phone": ("has_phone",),
    "source": ("source",),
    "owner": ("owner", "mine"),
    "type": ("type",),
    "updated": ("updated_since",),
}


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


def people_matching(
    *,
    params: Mapping[str, Any],
    user: Any,
    base: QuerySet[Person] | None = None,
    similar: bool = False,
) -> PersonFilter:
    """The people of `base` that match are its `qs`; a parameter that makes no sense is left out.

    Without `base` they are the active people; the REST API has removed people too.
    """
    base = Person.objects.active() if base is None else base
    matching = PersonFilter(params, base, user=user, similar=similar)
    matching.is_valid()
    return matching


def people_list(
    *,
    params: Mapping[str, Any],
    user: Any,
    base: QuerySet[Person] | None = None,
    size: int = PAGE_SIZE,
) -> PeopleList:
    """One page of the people of `base` with the filters, the order and the cursor of `params`.

    Raises TooSlow for a combination that the database can't answer in time.
    """
    sort = Sort.parse(params.get("sort", ""))
    matching = people_matching(params=params, user=user, base=base)
    counted = count_up_to(matching.qs, way=matching.way)
    is_similar = counted == 0 and bool(words_of(params.get("q", "")))
    if is_similar:
        matching = people_matching(params=params, user=user, base=base, similar=True)
        counted = count_up_to(matching.qs, way=matching.way)
    page = read_page(
        matching.qs,
        among=_same_index(params=params, user=user, base=base, sort=sort),
        count=counted,
        sort=sort,
        cursor=Cursor.parse(params.get("cursor", ""), sort),
        size=size,
    )
    return PeopleList(page, counted, sort, is_similar=is_similar and counted > 0)


def _same_index(
    *, params: Mapping[str, Any], user: Any, base: QuerySet[Person] | None, sort: Sort
) -> QuerySet[Person]:
    """The people that the index of the order finds with the filters it serves."""
    served = FILTERS_OF_INDEX.get(sort.column, ())
    narrowed: QuerySet[Person] = people_matching(
        params={name: params[name] for name in served if name in params}, user=user, base=base
    ).qs
    return narrowed
