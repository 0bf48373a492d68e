"""What an admin does to an account. All changes are audited."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import Invitation, Team, User


@transaction.atomic
def update_user(
    *, user: User, changes: Mapping[str, Any], teams: Iterable[Team], by: User, now: datetime
) -> None:
    """Set the fields in `changes`, the role among them, and the teams; *Everyone* always stays."""
    if changes["role"] != User.Role.ADMIN:
        _keep_one_admin(user)
    current = User.objects.select_for_update().get(pk=user.pk)
    details = {
        field: [getattr(current, field), value]
        for field, value in changes.items()
        if getattr(current, field) != value
    }
    for field in details:
        setattr(current, field, changes[field])
    if "salesforce_user_id" in details:
        current.is_salesforce_user_matched = False
    current.save(update_fields=[*details, "is_salesforce_user_matched"])
    details |= _set_teams(current, teams)
    if details:
        audit.record(
            actor=by,
            action=audit.Action.USER_CHANGED,
            target=current.email,
            details=details,
            now=now,
        )


@transaction.atomic
def deactivate_user(*, user: User, by: User, now: datetime) -> None:
    """Lock the account: its sessions end now and its API tokens are refused."""
    _keep_one_admin(user)
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return
    _end_sessions(user, now)
    audit.record(actor=by, action=audit.Action.USER_DEACTIVATED, target=user.email, now=now)


@transaction.atomic
def reactivate_user(*, user: User, by: User, now: datetime) -> None:
    claim_seats(1, now)
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit.record(actor=by, action=audit.Action.USER_REACTIVATED, target=user.email, now=now)


def claim_seats(count: int, now: datetime) -> None:
    """Refuse if `count` more users would be too many; holds off others until the transaction ends.

    An open invitation holds a seat too.
    """
    Team.objects.select_for_update().get(is_everyone=True)
    free = seats_free(now)
    if count > free:
        raise Refused(
            _(
                "There are %(free)s free seats of %(seats)s, and this needs %(count)s. "
                "Deactivate users or revoke invitations first."
            )
            % {"free": max(free, 0), "seats": User.MAX_SEATS, "count": count}
        )


def seats_free(now: datetime) -> int:
    invited = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)
    active = User.objects.filter(is_active=True)
    return User.MAX_SEATS - active.count() - invited.count()


def _keep_one_admin(user: User) -> None:
    """Refuse if `user` is the last active admin.

    The rows of all admins are locked: of two tabs that demote each other, the second one sees
    what the first one did.
    """
    admins: QuerySet[User] = User.objects.filter(role=User.Role.ADMIN, is_active=True)
    if list(admins.select_for_update().order_by("pk").values_list("pk", flat=True)) == [user.pk]:
        raise Refused(
            _("%(name)s is the last active admin. Make someone else an admin first.")
            % {"name": user.name}
        )


def _set_teams(user: User, teams: Iterable[Team]) -> dict[str, list[str]]:
    before = _team_names(user)
    user.teams.set({*teams, Team.objects.everyone()})
    after = _team_names(user)
    return {"teams": [before, after]} if before != after else {}


def _team_names(user: User) -> str:
    return ", ".join(sorted(user.teams.values_list("name", flat=True)))


def _end_sessions(user: User, now: datetime) -> None:
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
