"""Each kind of write that may be refused is a source of findings, registered in `ready()`.

register(Source(name="reminders", label=_("Reminders"), destination=Destination.SALESFORCE, …))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.functional import Promise

from people.models import Person
from syncing.delivery.models import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One write that was refused, or that waits for a reason."""

    # What was to be written, and whose work it is.
    what: str
    who: str
    person: Person | None
    happened_at: datetime
    # A page with more of it, if there is one besides the person's.
    url: str = ""


class Retry(Protocol):
    def __call__(self, rows: QuerySet[Any], *, now: datetime) -> int:
        """Have them written again, at once those that wait; how many that are."""


class Ignore(Protocol):
    def __call__(self, rows: QuerySet[Any], *, by: str, reason: str, now: datetime) -> int:
        """Never write those that were refused; how many that are. Those that wait, stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One kind of write.

    `rows` has what was refused and what waits for a reason, with the columns or annotations
    `code` and `reason` (the vendor's, or our own) and `is_parked`: True where a person decides,
    False where it is tried again by itself. `person` is the path from a row to its person,
    `related` what `tell` needs besides the row.
    """

    # In addresses: lower case and hyphens.
    name: str
    label: str | Promise
    destination: Destination
    rows: Callable[[], QuerySet[Any]]
    person: str
    related: tuple[str, ...]
    tell: Callable[[Any], Finding]
    retry: Retry
    ignore: Ignore


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    _sources[source.name] = source


def sources() -> Mapping[str, Source]:
    """By name, in the order in which they registered."""
    return _sources
