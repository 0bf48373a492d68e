"""What the log adds to the pages of people."""

from django.utils.translation import gettext_lazy as _

from people.hooks import Card, person_cards

# The first card, whatever the order in which the apps get ready.
person_cards.insert(0, Card(_("Timeline"), "activities:timeline"))
