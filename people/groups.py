"""What sellers do with groups. The limits hold under a row lock: of the owner, or of the group.

Who changes who is in a group locks its row first, the sync too when it merges people.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.errors import Refused
from people.models import Group, GroupMembership, Person
from people.query_plans import short_queries


@transaction.atomic
def create_group(*, owner: Any, name: str) -> Group:
    get_user_model().objects.select_for_update().get(pk=owner.pk)
    if Group.objects.filter(owner=owner).count() >= Group.MAX_PER_USER:
        raise Refused(
            _("You have %(count)d groups already. Delete one to make room for another.")
            % {"count": Group.MAX_PER_USER}
        )
    return _saved(Group(owner=owner, name=name))


def change_group(*, group: Group, name: str, teams: Iterable[Any]) -> Group:
    """Rename a group, and share it with these teams and no others."""
    with transaction.atomic():
        group.name = name
        _saved(group)
        group.teams.set(teams)
    return group


@transaction.atomic
def delete_group(*, group: Group) -> None:
    """The people in it stay."""
    _lock(group)
    group.delete()


@transaction.atomic
def add_people(*, group: Group, people: QuerySet[Person]) -> int:
    """Add them all, or nobody when they do not fit; return how many are new in the group."""
    if not _lock(group):
        raise Refused(_("“%(group)s” is gone. Nobody was added.") % {"group": group.name})
    members = GroupMembership.objects.filter(group=group)
    room = Group.MAX_PEOPLE - members.count()
    new = people.exclude(pk__in=members.values("person_id")).values_list("pk", flat=True)
    with short_queries():
        chosen = list(new[: Group.MAX_PEOPLE + 1])
    if len(chosen) > room:
        raise Refused(_no_room(group, room))
    GroupMembership.objects.bulk_create(
        [GroupMembership(group=group, person_id=pk) for pk in chosen]
    )
    return len(chosen)


@transaction.atomic
def remove_people(*, group: Group, people: QuerySet[Person]) -> int:
    """Take them out of the group; return how many were in it."""
    _lock(group)
    removed, _by_model = GroupMembership.objects.filter(
        group=group, person_id__in=people.values("pk")
    ).delete()
    return removed


def _lock(group: Group) -> bool:
    """Hold back who else changes the group; False when it is gone."""
    return Group.objects.select_for_update().filter(pk=group.pk).exists()


def _no_room(group: Group, room: int) -> str:
    limit = Group.MAX_PEOPLE
    if room == 0:
        return _(
            "“%(group)s” is full: a group holds %(limit)d people. Nobody was added. "
            "Remove some people or use another group."
        ) % {"group": group.name, "limit": limit}
    return ngettext(
        "A group holds %(limit)d people, and “%(group)s” has room for %(room)d more. "
        "Nobody was added. Choose fewer people or use another group.",
        "A group holds %(limit)d people, and “%(group)s” has room for %(room)d more. "
        "Nobody was added. Choose fewer people or use another group.",
        room,
    ) % {"group": group.name, "limit": limit, "room": room}


def _saved(group: Group) -> Group:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise Refused(_("You already have a group with this name.")) from error
    return group
