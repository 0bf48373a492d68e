"""What upper floors add to the pages of people when the apps are ready."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise


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
