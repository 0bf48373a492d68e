"""What emails add to the pages of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from activities.emails.selectors import visible_emails
from activities.models import Activity
from activities.places import Place, places
from people.hooks import Action, Card, bulk_actions, group_actions, person_actions, person_cards
from people.models import Person
from people.views.requests import Request

CARD_EMAILS = 5


def _emails_card(request: Request, person: Person) -> Mapping[str, Any]:
    emails = visible_emails(user=request.user).filter(person=person)
    emails = emails.defer("body_html", "sent_html", "sent_text").order_by("-created_at", "-pk")
    newest = list(emails[: CARD_EMAILS + 1])
    return {"emails": newest[:CARD_EMAILS], "has_more": len(newest) > CARD_EMAILS}


person_actions.append(Action(_("Email"), "mail", "emails:compose"))
bulk_actions.append(Action(_("Email"), "mail", "emails:batch-new"))
group_actions.append(Action(_("Email group"), "mail", "emails:batch-new"))
person_cards.append(Card("emails/person_card.html", _emails_card))
places[Activity.About.EMAIL] = Place("emails:email", is_private=True)
