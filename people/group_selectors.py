"""Which groups a user sees."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from people.models import Group, GroupMembership, Person

_NUMBERS = re.compile(r"(\d+)")


def visible_groups(*, user: Any) -> QuerySet[Group]:
    """A user's own groups and those shared with one of the user's teams.

    `is_shared` tells the latter, of which some may be the user's own.
    """
    shared = Group.teams.through.objects.filter(team__members=user).values("group_id")
    return Group.objects.filter(Q(owner=user) | Q(pk__in=shared)).annotate(
        is_shared=Case(When(pk__in=shared, then=Value(True)), default=False)
    )


def groups_around(*, person: Person, user: Any) -> QuerySet[Group]:
    """The groups that the user sees; `has_person` tells in which of them this person is."""
    memberships = GroupMembership.objects.filter(group=OuterRef("pk"), person=person)
    return visible_groups(user=user).annotate(has_person=Exists(memberships))


def by_name(groups: Iterable[Group]) -> list[Group]:
    """In the order people expect: “Tour 2” before “Tour 10”, capitals among the small letters."""
    return sorted(groups, key=_place)


def _place(group: Group) -> tuple[list[str | int], int]:
    # Text and numbers take turns, so that each is only compared with its like.
    parts = _NUMBERS.split(group.name.casefold())
    return [int(part) if odd % 2 else part for odd, part in enumerate(parts)], group.pk
