"""What reminders add to the pages of people."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from activities.reminders.views import card_context
from people.hooks import Action, Card, person_actions, person_cards
from people.models import Person
from people.views.requests import Request


def _reminders(request: Request, person: Person) -> Mapping[str, Any]:
    return card_context(request, person)


person_actions.append(Action(_("Add reminder"), "bell", "reminders:add"))
person_cards.append(Card("reminders/person_card.html", _reminders))
