"""Which groups a user sees."""

from typing import Any

from django.db.models import Q, QuerySet

from people.models import Group


def visible_groups(*, user: Any) -> QuerySet[Group]:
    """A user's own groups and those shared with one of the user's teams."""
    shared = Group.teams.through.objects.filter(team__members=user).values("group_id")
    return Group.objects.filter(Q(owner=user) | Q(pk__in=shared))
