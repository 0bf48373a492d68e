"""Which groups a user sees."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When

from people.models import Group, GroupMembership, Person


def visible_groups(*, user: Any) -> QuerySet[Group]:
    """A user's own groups and those shared with one of the user's teams, by name.

    `is_shared` tells the latter, of which some may be the user's own.
    """
    shared = Group.teams.through.objects.filter(team__members=user).values("group_id")
    return (
        Group.objects.filter(Q(owner=user) | Q(pk__in=shared))
        .annotate(is_shared=Case(When(pk__in=shared, then=Value(True)), default=False))
        .order_by("name", "pk")
    )


def groups_of(*, people: Iterable[Person], user: Any) -> dict[int, list[GroupMembership]]:
    """For each of these people, in which of the user's groups they are."""
    memberships = GroupMembership.objects.filter(
        person__in=[person.pk for person in people],
        group__in=visible_groups(user=user).values("pk"),
    ).select_related("group")
    found: dict[int, list[GroupMembership]] = {}
    for membership in memberships.order_by("group__name"):
        found.setdefault(membership.person_id, []).append(membership)
    return found
