"""Which Salesforce user is which seller: by e-mail, where nobody said so."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model

from syncing.salesforce import format_soql
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import client_for

# Keeps the query's address well below 16 KB.
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Matching:
    """How many users got their Salesforce user, and who has none, or more than one, there."""

    filled: int
    without: tuple[str, ...]
    ambiguous: tuple[str, ...]


def match_users(*, now: datetime) -> Matching:
    """Fill in the Salesforce user ID of active users by e-mail; what is filled in stays."""
    users = get_user_model().objects.filter(is_active=True, salesforce_user_id="")
    pending = {user.email.casefold(): user for user in users}
    found = _salesforce_users(sorted(pending), now=now) if pending else {}
    filled = 0
    for email, user in pending.items():
        if len(found.get(email, ())) == 1:
            still_empty = users.filter(pk=user.pk)
            filled += still_empty.update(
                salesforce_user_id=found[email][0], is_salesforce_user_matched=True
            )
    return Matching(
        filled=filled,
        without=tuple(email for email in pending if email not in found),
        ambiguous=tuple(email for email in pending if len(found.get(email, ())) > 1),
    )


def _salesforce_users(emails: list[str], *, now: datetime) -> dict[str, list[str]]:
    """Ids of active Salesforce users by e-mail."""
    found: dict[str, list[str]] = defaultdict(list)
    with client_for(user=None, now=now, importance=Importance.NORMAL) as client:
        for begin in range(0, len(emails), CHUNK):
            soql = format_soql(
                "SELECT Id, Email FROM User WHERE IsActive = true AND Email IN {}",
                emails[begin : begin + CHUNK],
            )
            for row in client.query(soql):
                found[str(row["Email"]).casefold()].append(str(row["Id"]))
    return dict(found)
