"""Who may be given a reminder."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from people.errors import Refused
from people.group_selectors import visible_groups
from people.models import Group, Person


def assignee_named(*, email: str, person: Person | None, by: Any) -> Any:
    """The user with this address, to whom `by` gives a reminder about the person.

    Anybody may take it on, but a teammate only if the person is in a group that both see; admins
    give reminders to everybody. Raises Refused with the reason.
    """
    assignee = get_user_model().objects.filter(email=email.lower(), is_active=True).first()
    if assignee is None:
        raise Refused(_("There is no active user with the address %(email)s.") % {"email": email})
    if assignee == by or by.is_admin or _is_shared(person, by, assignee):
        return assignee
    raise Refused(
        _("%(user)s can only be given reminders about people in a group that you both see.")
        % {"user": assignee.name}
    )


def _is_shared(person: Person | None, by: Any, assignee: Any) -> bool:
    if person is None:
        return False
    theirs = visible_groups(user=assignee).values("pk")
    shared: Group | None = visible_groups(user=by).filter(pk__in=theirs, people=person).first()
    return shared is not None
