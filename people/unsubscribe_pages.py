"""What unsubscribes add to the pages of people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from people.hooks import Action, Card, bulk_actions, person_actions, person_cards
from people.models import Person
from people.unsubscribes import history_of
from people.views.requests import Request


def _history(request: Request, person: Person) -> dict[str, Any]:
    history = list(history_of(person))
    return {
        "history": history,
        "is_unsubscribed": any(row.resubscribed_at is None for row in history),
    }


person_actions.append(Action(_("Unsubscribe"), "mail-off", "people:unsubscribe"))
bulk_actions.append(Action(_("Unsubscribe"), "mail-off", "people:unsubscribe-selected"))
person_cards.append(Card("people/unsubscribe_history.html", _history))
