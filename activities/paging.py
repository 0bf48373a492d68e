"""Pages of what happened, newest first, without OFFSET: each starts where its neighbour ends."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from people.moments import in_utc
from people.paging import MAX_ID

Row = TypeVar("Row", bound=Model)
Id = UUID | int


@dataclass(frozen=True)
class Cursor:
    """The place of one row, and which way to read from there; later rows come before it."""

    moment: datetime
    id: Id
    backward: bool = False

    def __str__(self) -> str:
        pk = str(self.id) if isinstance(self.id, UUID) else self.id
        place = json.dumps([self.moment.isoformat(), pk, self.backward], separators=(",", ":"))
        return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """Read what `str` wrote; None for anything else, which starts at the first page."""
        try:
            place = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            said, pk, backward = json.loads(place)
            moment = datetime.fromisoformat(said)
            pk = UUID(pk) if isinstance(pk, str) else pk
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None
        is_id = isinstance(pk, UUID) or (type(pk) is int and 0 <= pk <= MAX_ID)
        if not (moment.tzinfo and is_id and isinstance(backward, bool)):
            return None
        return cls(in_utc(moment), pk, backward)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    previous: Cursor | None = None
    next: Cursor | None = None


def read_page(
    rows: QuerySet[Row], *, moment: str, cursor: Cursor | None = None, size: int
) -> Page[Row]:
    """One page of `rows` by the field `moment` and the primary key, both descending.

    Whoever pages back to the beginning gets the first page, with all that is new there. A cursor
    of another kind of rows starts at the first page too.
    """
    pk = rows.model._meta.pk.attname  # noqa: SLF001
    if cursor is None or isinstance(cursor.id, UUID) != (pk == "uuid"):
        found = list(rows.order_by(f"-{moment}", f"-{pk}")[: size + 1])
        return _page(found, moment, size, follows=False)
    place = (cursor.moment, cursor.id)
    if not cursor.backward:
        later = rows.filter(TupleLessThan((moment, pk), place))
        found = list(later.order_by(f"-{moment}", f"-{pk}")[: size + 1])
        return _page(found, moment, size, follows=True)
    before = rows.filter(TupleGreaterThan((moment, pk), place))
    found = list(before.order_by(moment, pk)[: size + 1])
    if len(found) <= size:
        return read_page(rows, moment=moment, size=size)
    shown = found[size - 1 :: -1]
    return Page(shown, _place(shown[0], moment, backward=True), _place(shown[-1], moment))


def _page(found: list[Row], moment: str, size: int, *, follows: bool) -> Page[Row]:
    shown = found[:size]
    if not shown:
        return Page(shown)
    return Page(
        shown,
        previous=_place(shown[0], moment, backward=True) if follows else None,
        next=_place(shown[-1], moment) if len(found) > size else None,
    )


def _place(row: Row, moment: str, *, backward: bool = False) -> Cursor:
    return Cursor(getattr(row, moment), row.pk, backward)
