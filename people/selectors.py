"""Reads of the people pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Window

from people.filters import PersonFilter
from people.models import Person
from people.paging import COUNT_LIMIT, PAGE_SIZE, Cursor, Page, read_page, some_of
from people.query_plans import short_queries
from people.search import words_of
from people.sorting import Sort, text_key

NEWS_LIMIT = 100
# So many people are looked up again by their ids.
FEW = 1_000

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


@dataclass(frozen=True)
class Found:
    people: QuerySet[Person]
    counted: int
    is_similar: bool = False


def people_matching(
    *,
    params: Mapping[str, Any],
    user: Any,
    base: QuerySet[Person] | None = None,
    similar: bool = False,
    only_themselves: bool = False,
) -> PersonFilter:
    """The people of `base` that match are its `qs`; a parameter that makes no sense is left out.

    Without `base` they are the active people; the REST API has removed people too.
    """
    base = Person.objects.active() if base is None else base
    matching = PersonFilter(
        params, base, user=user, similar=similar, only_themselves=only_themselves
    )
    matching.is_valid()
    return matching


def find_people(
    *,
    params: Mapping[str, Any],
    user: Any,
    base: QuerySet[Person] | None = None,
    only_exact: bool = False,
) -> Found:
    """Those who match, counted.

    When nobody has the words searched for, those with similar ones, unless `only_exact`.
    """
    matching = people_matching(params=params, user=user, base=base)
    if matching.form.cleaned_data.get("unsubscribed"):
        # Everybody's address takes five times as long, and these alone may be more than we count.
        few = people_matching(params=params, user=user, base=base, only_themselves=True)
        counted = len(some_of(few.qs, way=few.way))
        if counted > COUNT_LIMIT:
            return Found(matching.qs, counted)
    found = _found(matching)
    if only_exact or found.counted:
        return found
    return find_similar(params=params, user=user, base=base)


def find_similar(
    *, params: Mapping[str, Any], user: Any, base: QuerySet[Person] | None = None
) -> Found:
    """Those with words like the ones searched for, counted; without words nobody."""
    if not words_of(params.get("q", "")):
        return Found(Person.objects.none(), counted=0)
    similar = _found(people_matching(params=params, user=user, base=base, similar=True))
    return replace(similar, is_similar=similar.counted > 0)


def _found(matching: PersonFilter) -> Found:
    ids = some_of(matching.qs, way=matching.way)
    # What it took to find a few is not done twice.
    people = matching.queryset.filter(pk__in=ids) if len(ids) <= FEW else matching.qs
    return Found(people, counted=len(ids))


def people_list(
    *,
    params: Mapping[str, Any],
    user: Any,
    base: QuerySet[Person] | None = None,
    size: int = PAGE_SIZE,
    only_exact: bool = False,
) -> PeopleList:
    """One page of the people of `base` with the filters, the order and the cursor of `params`.

    When nobody has the words searched for, people with similar ones, unless `only_exact`.
    Raises TooSlow for a combination that the database can't answer in time.
    """
    sort = Sort.parse(params.get("sort", ""))
    found = find_people(params=params, user=user, base=base, only_exact=only_exact)
    page = read_page(
        found.people,
        among=_same_index(params=params, user=user, base=base, sort=sort),
        count=found.counted,
        sort=sort,
        cursor=Cursor.parse(params.get("cursor", ""), sort),
        size=size,
    )
    return PeopleList(page, found.counted, sort, is_similar=found.is_similar)


def _same_index(
    *, params: Mapping[str, Any], user: Any, base: QuerySet[Person] | None, sort: Sort
) -> QuerySet[Person] | None:
    """The people that the index of the order finds with the filters it serves.

    None when it serves all the filters: then whoever is found along the index matches.
    """
    form = people_matching(params=params, user=user).form
    given = {name: value for name, value in form.cleaned_data.items() if value not in {None, ""}}
    served = given.keys() & FILTERS_OF_INDEX.get(sort.column, ())
    if served == given.keys():
        return None
    narrowed: QuerySet[Person] = people_matching(
        params={name: given[name] for name in served}, user=user, base=base
    ).qs
    return narrowed


def count_exactly(*, params: Mapping[str, Any], user: Any) -> int:
    """All who match. Raises TooSlow."""
    people = find_people(params=params, user=user).people
    with short_queries():
        return people.count()


def count_news(*, params: Mapping[str, Any], user: Any, since: datetime) -> int:
    """How many of those who match came or changed after `since`; stops at NEWS_LIMIT.

    Raises TooSlow.
    """
    matching: QuerySet[Person] = people_matching(params=params, user=user).qs
    newer = matching.filter(updated_at__gt=since).order_by("-updated_at", "-pk")
    with short_queries():
        return newer.values("pk")[:NEWS_LIMIT].count()


def is_anybody_here() -> bool:
    with short_queries():
        return Person.objects.active().exists()


def duplicates_of(person: Person) -> QuerySet[Person]:
    """The other active people with the same e-mail address; each tells the `number` of all."""
    if not person.email:
        return Person.objects.none()
    same = Person.objects.active().alias(email_key=text_key("email"))
    others = same.filter(email_key=person.email.lower()).exclude(pk=person.pk)
    return others.annotate(number=Window(Count("pk"))).order_by("pk")
