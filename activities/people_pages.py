"""What the log adds to the pages of people."""

from collections.abc import Mapping
from typing import Any

from activities.views import timeline_context
from people.hooks import Card, person_cards
from people.models import Person
from people.views.requests import Request


def _timeline(request: Request, person: Person) -> Mapping[str, Any]:
    return timeline_context(request, person)


# The first card, whatever the order in which the apps get ready.
person_cards.insert(0, Card("activities/timeline_card.html", _timeline))
