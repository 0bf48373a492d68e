"""What upper floors add to the pages of people when the apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.utils.functional import Promise

from people.models import Person, Unsubscribe


class Action(NamedTuple):
    """A button that opens a panel. `icon` is a name of the sprite."""

    label: str | Promise
    icon: str
    url_name: str


class Card(NamedTuple):
    """A part of a person's panel that loads when it comes into sight.

    GET with the person's id in the path; again whenever the page says `refresh_on`.
    """

    label: str | Promise
    url_name: str
    refresh_on: str = ""


class OtherSide(Protocol):
    """Another system that knows who is unsubscribed, and brings it back unless it ends there."""

    # Included with what `look` returned as `side`.
    template: str

    def look(self, person: Person, *, now: datetime) -> Any:
        """What it says of the person; None where it says nothing. Raises no error of its own."""

    def ending(self, person: Person, *, by: Any, now: datetime) -> AbstractContextManager[None]:
        """End it there; in the block it is ended here. Raises Refused."""


# What other systems know of unsubscribes, by their ids: a sentence each.
unsubscribe_notes: list[Callable[[Sequence[Unsubscribe]], Mapping[int, str]]] = []
# Where else an unsubscribe goes at once: a sentence, or nothing.
unsubscribe_reach: list[Callable[[], str]] = []
# Asked when an admin takes back an unsubscribe.
other_sides: list[OtherSide] = []
# GET with `?person=<pk>`.
person_actions: list[Action] = []
# What a click on a person's field in the list opens, by column: GET with `?person=<pk>`.
cell_actions: dict[str, str] = {}
# POST with the fields that `people.selection.selected_people` reads.
bulk_actions: list[Action] = []
# GET with `?group=<pk>`.
group_actions: list[Action] = []
# In the order of their registration, after the person's own fields.
person_cards: list[Card] = []


def with_notes(unsubscribes: Sequence[Unsubscribe]) -> list[tuple[Unsubscribe, list[str]]]:
    """Each with what other systems know of it."""
    notes = [look(unsubscribes) for look in unsubscribe_notes] if unsubscribes else []
    return [(row, [known[row.pk] for known in notes if row.pk in known]) for row in unsubscribes]
