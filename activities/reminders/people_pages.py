"""What reminders add to the pages of people."""

from django.utils.translation import gettext_lazy as _

from people.hooks import Action, Card, bulk_actions, person_actions, person_cards

person_actions.append(Action(_("Add reminder"), "bell", "reminders:add"))
bulk_actions.append(Action(_("Add reminder"), "bell", "reminders:add-many"))
person_cards.append(Card(_("Reminders"), "reminders:about", refresh_on="remindersChanged"))
