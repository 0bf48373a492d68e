"""Teams: who shares with whom. *Everyone* is not for changing."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import Team, User


@transaction.atomic
def create_team(*, name: str, by: User, now: datetime) -> Team:
    # Whoever adds a team waits here for the others, so that the count below holds.
    Team.objects.select_for_update().get(is_everyone=True)
    if Team.objects.count() >= Team.MAX_TEAMS:
        raise Refused(
            _("There can be %(limit)s teams. Delete one first.") % {"limit": Team.MAX_TEAMS}
        )
    team = Team(name=name)
    _save(team)
    audit.record(actor=by, action=audit.Action.TEAM_CREATED, target=name, now=now)
    return team


@transaction.atomic
def rename_team(*, team: Team, name: str, by: User, now: datetime) -> None:
    _refuse_everyone(team)
    current = Team.objects.select_for_update().get(pk=team.pk)
    before, current.name = current.name, name
    if before == name:
        return
    _save(current)
    audit.record(
        actor=by,
        action=audit.Action.TEAM_RENAMED,
        target=name,
        details={"name": [before, name]},
        now=now,
    )


@transaction.atomic
def delete_team(*, team: Team, by: User, now: datetime) -> None:
    """Delete the team; what was shared with it stays with its owners."""
    _refuse_everyone(team)
    audit.record(
        actor=by,
        action=audit.Action.TEAM_DELETED,
        target=team.name,
        details={"members": team.members.count(), "groups": team.people_groups.count()},
        now=now,
    )
    team.delete()


@transaction.atomic
def set_members(*, team: Team, members: Iterable[User], by: User, now: datetime) -> None:
    _refuse_everyone(team)
    before = set(team.members.values_list("email", flat=True))
    team.members.set(members)
    after = set(team.members.values_list("email", flat=True))
    if before != after:
        audit.record(
            actor=by,
            action=audit.Action.TEAM_MEMBERS_CHANGED,
            target=team.name,
            details={
                "added": ", ".join(sorted(after - before)),
                "removed": ", ".join(sorted(before - after)),
            },
            now=now,
        )


def _refuse_everyone(team: Team) -> None:
    if team.is_everyone:
        raise Refused(_("Everyone holds everybody and can't be changed."))


def _save(team: Team) -> None:
    try:
        with transaction.atomic():
            team.save()
    except IntegrityError as error:
        raise Refused(_("There is already a team with this name.")) from error
