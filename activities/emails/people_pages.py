"""What emails add to the pages of people."""

from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.places import Place, places
from people.hooks import Action, Card, bulk_actions, group_actions, person_actions, person_cards

person_actions.append(Action(_("Email"), "mail", "emails:compose"))
bulk_actions.append(Action(_("Email"), "mail", "emails:batch-new"))
group_actions.append(Action(_("Email group"), "mail", "emails:batch-new"))
person_cards.append(Card(_("Emails"), "emails:about"))
places[Activity.About.EMAIL] = Place("emails:email", is_private=True)
