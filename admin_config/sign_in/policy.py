"""Which ways to sign in are open. How Salesforce does it is in `salesforce.py`."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from admin_config import audit
from admin_config.errors import Refused
from admin_config.models import SignInSettings, User
from syncing.salesforce_connections.selectors import get_org

Policy = SignInSettings.Policy


def current_policy() -> Policy:
    stored = SignInSettings.objects.first()
    return Policy(stored.policy) if stored else Policy.ALL_METHODS


def is_salesforce_only() -> bool:
    return current_policy() == Policy.SALESFORCE_ONLY


def is_salesforce_offered() -> bool:
    """Whether an org is known to sign in to: with none, anybody's would do."""
    org = get_org()
    return org is not None and bool(org.org_id)


@transaction.atomic
def change_policy(*, policy: str, by: User | None, now: datetime) -> None:
    """From now on; whoever is signed in stays so. Raises Refused where it would let nobody in."""
    if policy == Policy.SALESFORCE_ONLY and not is_salesforce_offered():
        raise Refused(_("Connect Salesforce first: nobody could sign in."))
    SignInSettings.objects.get_or_create(pk=1)
    stored = SignInSettings.objects.select_for_update().get()
    before, stored.policy = stored.policy, policy
    if before == policy:
        return
    stored.save()
    audit.record(
        actor=by,
        action=audit.Action.SIGN_IN_POLICY_CHANGED,
        details={"policy": [before, policy]},
        now=now,
    )
