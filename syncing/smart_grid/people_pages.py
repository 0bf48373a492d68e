"""What the Smart Grid adds to the pages of people."""

from django.utils.translation import gettext_lazy as _

from people.hooks import Card, person_cards

CARD = Card(_("Smart Grid"), "smart-grid:person")

person_cards.append(CARD)
