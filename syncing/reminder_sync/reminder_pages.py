"""What the sync adds to the page of a reminder."""

from django.utils.translation import gettext_lazy as _

from activities.reminders.hooks import reminder_cards
from people.hooks import Card

reminder_cards.append(Card(_("Salesforce"), "reminder-sync:history"))
