"""Which refused or waiting writes a page or a button is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Count, Min, QuerySet
from django.http import Http404, QueryDict

from people.selection import is_id
from syncing.delivery.models import Destination
from syncing.diagnostics.catalogue import Category, Explanation, explain
from syncing.diagnostics.sources import Source, sources

PARKED, WAITING = "parked", "waiting"
CHOICES = {
    "destination": Destination.values,
    "category": Category.values,
    "state": (PARKED, WAITING),
}
NAMES = (*CHOICES, "source", "code", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All of one source with the same code and state."""

    source: Source
    code: str
    is_parked: bool
    count: int
    people: int
    # The message of one of them.
    reason: str
    explanation: Explanation

    @property
    def key(self) -> str:
        """For the ids of its buttons."""
        return f"{self.source.name}-{self.state}-{self.code}"

    @property
    def state(self) -> str:
        return PARKED if self.is_parked else WAITING

    @property
    def query(self) -> QueryDict:
        return query_of(source=self.source.name, code=self.code, state=self.state)


class Selection:
    """What the names in an address or a form ask for; whatever is not named, is all of it."""

    def __init__(self, data: Mapping[str, str]) -> None:
        # An empty code is one, too: the vendor gave none.
        self.named = {
            name: str(data[name])
            for name in NAMES
            if name in data and (data[name] or name == "code")
        }
        source, row_id = self.named.get("source"), self.named.get("id")
        if source is not None and source not in sources():
            raise Http404
        if any(self.named.get(name, "") not in ("", *values) for name, values in CHOICES.items()):
            raise BadRequest
        if row_id is not None and (source is None or not is_id(row_id)):
            raise BadRequest
        if "\0" in self.named.get("code", ""):
            raise BadRequest

    def rows(self) -> Iterator[tuple[Source, QuerySet[Any]]]:
        """Of each source that is asked for what is asked for of it."""
        for source in self._sources():
            yield source, self._rows_of(source)

    def kinds(self) -> list[Kind]:
        """What a person must decide first, then by how many."""
        found = [kind for source, rows in self.rows() for kind in _kinds(source, rows)]
        return sorted(found, key=lambda kind: (not kind.is_parked, -kind.count, kind.code))

    def _sources(self) -> list[Source]:
        name, destination = self.named.get("source"), self.named.get("destination")
        return [
            source
            for source in sources().values()
            if name in (None, source.name) and destination in (None, source.destination)
        ]

    def _rows_of(self, source: Source) -> QuerySet[Any]:
        rows = source.rows()
        if "state" in self.named:
            rows = rows.filter(is_parked=self.named["state"] == PARKED)
        if "code" in self.named:
            rows = rows.filter(code=self.named["code"])
        if "id" in self.named:
            rows = rows.filter(pk=int(self.named["id"]))
        if "category" in self.named:
            rows = rows.filter(code__in=_codes_of(source, rows, self.named["category"]))
        return rows


def query_of(**named: str) -> QueryDict:
    """For the address of a link, and the hidden fields of a form."""
    query = QueryDict(mutable=True)
    query.update(named)
    return query


def _kinds(source: Source, rows: QuerySet[Any]) -> Iterator[Kind]:
    grouped = rows.order_by().values("code", "is_parked")
    for group in grouped.annotate(
        count=Count("pk"), people=Count(source.person, distinct=True), example=Min("reason")
    ):
        yield Kind(
            source=source,
            code=group["code"],
            is_parked=group["is_parked"],
            count=group["count"],
            people=group["people"],
            reason=group["example"],
            explanation=explain(source.destination, group["code"]),
        )


def _codes_of(source: Source, rows: QuerySet[Any], category: str) -> list[str]:
    codes = rows.order_by().values_list("code", flat=True).distinct()
    return [code for code in codes if explain(source.destination, code).category == category]
