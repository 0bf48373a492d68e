"""Which emails a user sees, and in what order."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from activities.emails.models import Email
from people.query_plans import short_queries

PAGE_SIZE = 50
MAX_ID = 2**63 - 1
MAX_COUNT = 2**31 - 1
# What a list may be ordered by; none of it is ever absent.
SORTS = ("updated_at", "created_at", "views", "clicks", "replies")


def visible_emails(*, user: Any) -> QuerySet[Email]:
    """A user's own; an admin sees everybody's. Deleted ones are seen by nobody."""
    emails = Email.objects.filter(deleted_at=None)
    return emails if user.is_admin else emails.filter(sender=user)


def own_emails(*, user: Any) -> QuerySet[Email]:
    """Those that a user may change."""
    return Email.objects.filter(sender=user)


@dataclass(frozen=True)
class Order:
    """A column and a direction, as `views` or `-views`; the latest first unless told."""

    column: str = "updated_at"
    descending: bool = True

    @classmethod
    def parse(cls, text: str) -> Order:
        column = text.removeprefix("-")
        return cls(column, descending=text.startswith("-")) if column in SORTS else cls()

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


@dataclass(frozen=True)
class Place:
    """Where a page starts: beside the email with this value and id."""

    value: str | int
    id: int
    backward: bool = False

    def __str__(self) -> str:
        place = json.dumps([self.value, self.id, self.backward], separators=(",", ":"))
        return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str, order: Order) -> Place | None:
        """Read a place in this order; None for anything else, which is the first page."""
        try:
            value, pk, backward = json.loads(
                base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            )
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None
        is_place = _is_value(value, order) and _is_whole(pk, MAX_ID) and isinstance(backward, bool)
        return cls(value, pk, backward) if is_place else None


def _is_value(value: object, order: Order) -> bool:
    if not order.column.endswith("_at"):
        return _is_whole(value, MAX_COUNT)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    # As it is written here; PostgreSQL refuses some of the offsets that ISO 8601 has.
    return moment is not None and moment.utcoffset() == timedelta(0)


def _is_whole(value: object, limit: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= limit


@dataclass(frozen=True)
class Page:
    emails: list[Email]
    previous: Place | None = None
    next: Place | None = None


def read_page(emails: QuerySet[Email], *, order: Order, place: Place | None) -> Page:
    """One page of `emails`; paging back to the beginning gives the first page, with all new ones.

    Raises TooSlow when the database would take too long.
    """
    backward = place is not None and place.backward
    descending = order.descending != backward
    sign = "-" if descending else ""
    ordered = emails.order_by(f"{sign}{order.column}", f"{sign}pk")
    if place:
        lookup = TupleLessThan if descending else TupleGreaterThan
        beyond = lookup(Tuple(F(order.column), F("pk")), (place.value, place.id))
        ordered = ordered.filter(Q(beyond))
    with short_queries():
        found = list(ordered[: PAGE_SIZE + 1])
    if backward and len(found) <= PAGE_SIZE:
        return read_page(emails, order=order, place=None)
    return _page(found, order, place)


def _page(found: list[Email], order: Order, place: Place | None) -> Page:
    backward = place is not None and place.backward
    emails = found[:PAGE_SIZE]
    if backward:
        emails.reverse()
    if not emails:
        return Page([])
    has_more = len(found) > PAGE_SIZE
    return Page(
        emails,
        previous=_beside(emails[0], order, backward=True) if place else None,
        next=_beside(emails[-1], order) if backward or has_more else None,
    )


def _beside(email: Email, order: Order, *, backward: bool = False) -> Place:
    value = getattr(email, order.column)
    return Place(value if isinstance(value, int) else value.isoformat(), email.pk, backward)
