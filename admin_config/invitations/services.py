"""Invitation links: made, renewed, revoked by admins; accepted once by whoever holds the link."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import Invitation, Team, User, hash_secret
from admin_config.users.services import claim_seats


@dataclass(frozen=True)
class NewLink:
    """An invitation with the secret of its link, which is known only now."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(
    *, emails: Iterable[str], role: str, teams: Iterable[Team], by: User, now: datetime
) -> list[NewLink]:
    """Make a link for each address; refuse all if one has an account or an open invitation."""
    addresses = list(dict.fromkeys(email.lower() for email in emails))
    claim_seats(len(addresses), now)
    _refuse_known(addresses, now)
    links = [_create(email, role, by, now) for email in addresses]
    for link in links:
        link.invitation.teams.set(teams)
        audit.record(
            actor=by,
            action=audit.Action.USER_INVITED,
            target=link.invitation.email,
            details={"role": role, "teams": ", ".join(team.name for team in teams)},
            now=now,
        )
    return links


@transaction.atomic
def renew(*, invitation: Invitation, by: User, now: datetime) -> NewLink:
    """Replace the link by a new one, good for seven days; the old one stops working."""
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at or current.revoked_at:
        raise Refused(_("This invitation was already accepted or revoked."))
    if not current.is_open(now):
        claim_seats(1, now)
    secret = secrets.token_urlsafe(32)
    current.secret_hash = hash_secret(secret)
    current.expires_at = now + Invitation.VALID_FOR
    current.save(update_fields=["secret_hash", "expires_at"])
    audit.record(actor=by, action=audit.Action.INVITATION_RENEWED, target=current.email, now=now)
    return NewLink(current, secret)


@transaction.atomic
def revoke(*, invitation: Invitation, by: User, now: datetime) -> None:
    revoked = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=now
    )
    if revoked:
        audit.record(
            actor=by, action=audit.Action.INVITATION_REVOKED, target=invitation.email, now=now
        )


@transaction.atomic
def accept(
    *,
    secret: str,
    first_name: str,
    last_name: str,
    time_zone: str,
    password: str | None,
    now: datetime,
) -> User:
    """Create the invited account; the link is used up, also for a second click meanwhile.

    Without a password it is for signing in with Salesforce.
    """
    invitation = (
        Invitation.objects.select_for_update().filter(secret_hash=hash_secret(secret)).first()
    )
    if invitation is None or not invitation.is_open(now):
        raise Refused(_("This invitation is no longer valid. Ask an admin for a new one."))
    if User.objects.filter(email=invitation.email).exists():
        raise Refused(_("There is already an account with this address. Sign in instead."))
    user = User.objects.create_user(
        invitation.email,
        password,
        role=invitation.role,
        first_name=first_name,
        last_name=last_name,
        time_zone=time_zone,
    )
    user.teams.add(*invitation.teams.all())
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    audit.record(actor=user, action=audit.Action.INVITATION_ACCEPTED, target=user.email, now=now)
    return user


def _create(email: str, role: str, by: User, now: datetime) -> NewLink:
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        email=email,
        role=role,
        secret_hash=hash_secret(secret),
        invited_by=by,
        created_at=now,
        expires_at=now + Invitation.VALID_FOR,
    )
    return NewLink(invitation, secret)


def _refuse_known(emails: list[str], now: datetime) -> None:
    """An expired invitation does not stand in the way: the new one takes its place."""
    waiting = Invitation.objects.filter(email__in=emails, accepted_at=None, revoked_at=None)
    known = User.objects.filter(email__in=emails).values_list("email", flat=True)
    invited = waiting.filter(expires_at__gt=now).values_list("email", flat=True)
    if known:
        raise Refused(
            _("There is already an account for %(emails)s.") % {"emails": ", ".join(known)}
        )
    if invited:
        raise Refused(
            _("Already invited: %(emails)s. Make a new link for them below, or revoke the old one.")
            % {"emails": ", ".join(invited)}
        )
    waiting.update(revoked_at=now)
