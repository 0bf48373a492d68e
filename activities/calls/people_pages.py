"""What calls add to the pages of people, and to the log."""

from django.utils.translation import gettext_lazy as _

from activities.models import Activity
from activities.places import Place, places
from people.hooks import Action, cell_actions, person_actions

person_actions.append(Action(_("Log call"), "phone", "calls:log"))
cell_actions["phone"] = "calls:log"
places[Activity.About.CALL] = Place("calls:call", is_private=False)
