"""Who may be given a reminder."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from people.errors import Refused
from people.group_selectors import visible_groups
from people.models import Group, Person


def possible_assignees(*, person: Person | None, by: Any) -> QuerySet[Any]:
    """To whom `by` may give a reminder about the person.

    To themselves, and to teammates if the person is in a group that both see; admins to everybody.
    """
    active = get_user_model().objects.filter(is_active=True)
    if by.is_admin:
        return active
    if person is None:
        return active.filter(pk=by.pk)
    both_see = visible_groups(user=by).filter(people=person).values("pk")
    shared = Group.objects.filter(pk__in=both_see)
    return active.filter(
        Q(pk=by.pk) | Q(pk__in=shared.values("owner")) | Q(pk__in=shared.values("teams__members"))
    )


def assignee_named(*, email: str, person: Person | None, by: Any) -> Any:
    """The user with this address, if `by` may give them a reminder about the person.

    Raises Refused with the reason.
    """
    assignee = possible_assignees(person=person, by=by).filter(email=email.lower()).first()
    if assignee is None:
        raise Refused(
            _(
                "%(email)s can't be given this reminder: only teammates can, about people in a"
                " group that you both see."
            )
            % {"email": email}
        )
    return assignee
