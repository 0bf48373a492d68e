"""What upper floors add to reminders when the apps are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.utils.functional import Promise

from people.hooks import Card

# On the page of a reminder: GET with its id in the path; an empty answer leaves no card.
reminder_cards: list[Card] = []

# In lists: which of these reminders, by their ids, somebody has to look at, and why in a few words.
Marker = Callable[[Sequence[int]], Iterable[tuple[int, str | Promise]]]

markers: list[Marker] = []


def marks_of(reminders: Sequence[int]) -> dict[int, list[str | Promise]]:
    """One query a marker, whatever the number of reminders."""
    marks: dict[int, list[str | Promise]] = {}
    for marker in markers:
        for pk, words in marker(reminders):
            marks.setdefault(pk, []).append(words)
    return marks
