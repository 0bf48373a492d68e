"""What unsubscribes add to the pages of people."""

from django.utils.translation import gettext_lazy as _

from people.hooks import Action, bulk_actions, person_actions

person_actions.append(Action(_("Unsubscribe"), "mail-off", "people:unsubscribe"))
bulk_actions.append(Action(_("Unsubscribe"), "mail-off", "people:unsubscribe-selected"))
