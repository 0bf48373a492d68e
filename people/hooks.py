"""What upper floors add to the pages of people when the apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from people.models import Person
from people.views.requests import Request


class Action(NamedTuple):
    """A button that opens a panel. `icon` is a name of the sprite."""

    label: str | Promise
    icon: str
    url_name: str


class Card(NamedTuple):
    """A part of a person's panel: a template, and what it shows beside `person`."""

    template: str
    context: Callable[[Request, Person], Mapping[str, Any]]


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


def cards_of(request: Request, person: Person, frame: Mapping[str, Any]) -> list[SafeString]:
    return [
        render_to_string(
            card.template, {**frame, **card.context(request, person), "person": person}, request
        )
        for card in person_cards
    ]
