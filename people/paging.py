"""Pages of people without OFFSET: each starts where its neighbour ends."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from people.models import Person
from people.moments import in_utc
from people.query_plans import Way, expected_matches, short_queries
from people.sorting import Sort

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
# How many people are looked at in order, before all that match are gathered instead.
HEAD = 10_000
# Words that so many people have are met soon, and their entries in an index are slow to read; but
# not more than MET people are looked at before the index is, after all.
COMMON = 150_000
MET = 100_000
# The key that people looked at in order already come by: reading stops as soon as it has enough.
KEY_OF_HEAD = Func(template="people_person.key")
# The same key, but as no index has it: reading gathers all that match, then sorts.
KEY_WITHOUT_INDEX = Func(F("key"), template="(SELECT %(expressions)s)")
# And with no text as no key, to come last like the absence of activity.
KEY_OR_NONE = Func(F("key"), template="(SELECT NULLIF(%(expressions)s, ''))")
MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Cursor:
    """The place of one person in an order, and which way to read from there."""

    # None for whoever has no activity, in an order by activity.
    key: str | int | datetime | None
    id: int
    backward: bool = False

    def __str__(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        place = json.dumps([key, self.id, self.backward], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, sort: Sort) -> "Cursor | None":
        """Read a cursor of this order; None for anything else, which starts at the first page."""
        try:
            place = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            key, pk, backward = json.loads(place)
            if sort.is_moment and key is not None:
                key = datetime.fromisoformat(key)
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None
        is_valid = (
            isinstance(pk, int)
            and 0 <= pk <= MAX_ID
            and isinstance(backward, bool)
            and _is_key(key, sort)
        )
        if not is_valid:
            return None
        return cls(in_utc(key) if isinstance(key, datetime) else key, pk, backward)


def _is_key(key: object, sort: Sort) -> bool:
    if sort.is_engagement and key is None:
        return True
    if sort.is_moment:
        return isinstance(key, datetime) and key.tzinfo is not None
    if sort.is_engagement:
        return type(key) is int and 0 <= key <= MAX_ID
    # Neither NUL nor half a surrogate pair can be sent to PostgreSQL.
    return isinstance(key, str) and re.search("[\x00\ud800-\udfff]", key) is None


@dataclass(frozen=True)
class Page:
    people: list[Person]
    previous: Cursor | None
    next: Cursor | None


def some_of(people: QuerySet[Person], *, way: Way, limit: int = COUNT_LIMIT) -> list[int]:
    """The ids of all of them in no order; `limit + 1` of them when there are more."""
    if way is Way.SEARCH and expected_matches(people) >= COMMON:
        with short_queries(only_among=Person.objects.order_by("pk")[:MET]):
            ids = _ids(people.order_by(), limit)
        if len(ids) > limit:
            return ids
    order = ("pk",) if way is Way.WALK else ()
    with short_queries(gathering=way in {Way.GATHER, Way.SEARCH}):
        return _ids(people.order_by(*order), limit)


def _ids(people: QuerySet[Person], limit: int) -> list[int]:
    some = people.values("pk")[: limit + 1]
    ids: list[int] = some.aggregate(ids=ArrayAgg("pk", default=Value([])))["ids"]
    return ids


def read_page(
    people: QuerySet[Person],
    *,
    among: QuerySet[Person] | None,
    count: int,
    sort: Sort,
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Page:
    """One page of `people`, which are the part of `among` that match; None says all of it.

    `count` is how many `some_of` found; it decides how to read. Whoever pages back to the
    beginning gets the first page, with all who are new there.
    """
    if count == 0:
        return Page([], None, None)
    backward = cursor is not None and cursor.backward
    if among is not None and count <= COUNT_LIMIT:
        found = _gather(people, sort, cursor, backward=backward, wanted=size + 1)
    else:
        descending = sort.descending != backward
        found = _walk(people, among, sort, cursor, descending=descending, wanted=size + 1)
    if backward and len(found) <= size:
        return read_page(people, among=among, count=count, sort=sort, size=size)
    return _page(found, cursor, size)


@dataclass(frozen=True)
class Segment:
    """People one after the other in an order: those who have its key, or those without."""

    who: Q
    key: Combinable
    # What stands beside the key in the index.
    pk: str = "pk"


def _segments(sort: Sort) -> list[Segment]:
    if sort.is_text:
        return [Segment(Q(key__gt=""), sort.key), Segment(Q(key=""), sort.key)]
    if sort.is_engagement:
        nothing = Value(None, output_field=IntegerField())
        return [
            Segment(Q(engagement__isnull=False), sort.key, "engagement__person"),
            Segment(Q(engagement__isnull=True), nothing),
        ]
    return [Segment(Q(), sort.key)]


def _rest(sort: Sort, cursor: Cursor | None, *, descending: bool) -> list[Segment]:
    """The parts of the order still to read."""
    segments = _segments(sort)
    if not cursor:
        return segments
    is_in_first = len(segments) == 1 or cursor.key not in {"", None}
    here = segments[0 if is_in_first else 1]
    rest = replace(here, who=here.who & _beyond(here, cursor, descending=descending))
    # Whoever reads back from those without a key comes to those with one, and the other way round.
    is_last = len(segments) == 1 or cursor.backward == is_in_first
    return [rest] if is_last else [rest, segments[1 if is_in_first else 0]]


def _beyond(segment: Segment, cursor: Cursor, *, descending: bool) -> Q:
    if cursor.key is None:
        return Q(pk__lt=cursor.id) if descending else Q(pk__gt=cursor.id)
    lookup = TupleLessThan if descending else TupleGreaterThan
    return Q(lookup(Tuple(F("key"), F(segment.pk)), (cursor.key, cursor.id)))


def _in_order(people: QuerySet[Person], segment: Segment, *, descending: bool) -> QuerySet[Person]:
    order = ("-key", "-pk") if descending else ("key", "pk")
    return people.annotate(key=segment.key).filter(segment.who).order_by(*order)


def _gather(
    people: QuerySet[Person], sort: Sort, cursor: Cursor | None, *, backward: bool, wanted: int
) -> list[Person]:
    """The rest of all that match is few enough to be sorted, keys or none, in one query."""
    descending = sort.descending != backward
    segments = _rest(sort, cursor, descending=descending)
    rest = people.annotate(key=sort.key).filter(reduce(or_, [each.who for each in segments]))
    order = OrderBy(
        KEY_OR_NONE if sort.is_text else KEY_WITHOUT_INDEX,
        descending=descending,
        nulls_first=backward or None,
        nulls_last=not backward or None,
    )
    with short_queries():
        return list(rest.order_by(order, "-pk" if descending else "pk")[:wanted])


def _walk(
    people: QuerySet[Person],
    among: QuerySet[Person] | None,
    sort: Sort,
    cursor: Cursor | None,
    *,
    descending: bool,
    wanted: int,
) -> list[Person]:
    """Go along the index of the order, segment by segment, until there are enough."""
    found: list[Person] = []
    for segment in _rest(sort, cursor, descending=descending):
        if len(found) < wanted:
            found += _read(
                _in_order(people, segment, descending=descending),
                among=None if among is None else _in_order(among, segment, descending=descending),
                descending=descending,
                wanted=wanted - len(found),
            )
    return found


def _read(
    people: QuerySet[Person],
    *,
    among: QuerySet[Person] | None,
    descending: bool,
    wanted: int,
) -> list[Person]:
    if among is None:
        with short_queries():
            return list(people[:wanted])
    with short_queries(only_among=among[:HEAD]):
        found = list(_sorted(people, KEY_OF_HEAD, descending=descending)[:wanted])
    if len(found) == wanted:
        return found
    with short_queries():
        return list(_sorted(people, KEY_WITHOUT_INDEX, descending=descending)[:wanted])


def _sorted(people: QuerySet[Person], key: Func, *, descending: bool) -> QuerySet[Person]:
    return people.order_by(OrderBy(key, descending=descending), "-pk" if descending else "pk")


def _page(found: list[Person], cursor: Cursor | None, size: int) -> Page:
    backward = cursor is not None and cursor.backward
    people = found[:size]
    if backward:
        people.reverse()
    if not people:
        return Page([], None, None)
    has_more = len(found) > size
    first, last = people[0], people[-1]
    return Page(
        people,
        previous=Cursor(first.key, first.pk, backward=True) if cursor else None,  # type: ignore[attr-defined]
        next=Cursor(last.key, last.pk) if backward or has_more else None,  # type: ignore[attr-defined]
    )
