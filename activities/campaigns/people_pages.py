"""What campaigns add to the pages of people."""

from django.utils.translation import gettext_lazy as _

from people.hooks import Action, Card, bulk_actions, group_actions, person_actions, person_cards

ADD = Action(_("Add to campaign"), "route", "campaigns:choose")

person_actions.append(ADD)
bulk_actions += [ADD, Action(_("Remove from campaign"), "user-minus", "campaigns:leave")]
group_actions.append(ADD)
person_cards.append(Card(_("Sales campaigns"), "campaigns:about"))
