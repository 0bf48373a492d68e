"""What the task of a contact relates to: an opportunity with a role of theirs, or the account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from syncing.errors import Permanent
from syncing.salesforce import SalesforceClient, format_soql
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.task_logging.targets import CHUNK, Target

log = structlog.get_logger(__name__)

_OPEN_ROLES = (
    "SELECT ContactId, OpportunityId FROM OpportunityContactRole"
    " WHERE Opportunity.IsClosed = false AND ContactId IN {}"
    " ORDER BY IsPrimary ASC, Opportunity.LastModifiedDate ASC"
)


def relations_of(
    client: SalesforceClient,
    targets: Iterable[Sequence[Target]],
    settings: SalesforceSettings,
) -> dict[str, str]:
    """By contact. A task relates to one thing: the opportunity comes first. Raises SyncError."""
    contacts = {
        target.record_id: target.account_id
        for several in targets
        for target in several
        if target.record_id.startswith("003")
    }
    related = dict(contacts) if settings.logs_to_account else {}
    if settings.logs_to_opportunities:
        try:
            related |= _open_opportunities(client, sorted(contacts))
        except Permanent as error:
            # Tasks are worth more than what they relate to.
            log.warning("opportunities_not_seen", code=error.code, reason=error.message)
    return related


def _open_opportunities(client: SalesforceClient, contacts: Sequence[str]) -> dict[str, str]:
    """The one of several that counts comes last: the primary role, then the one changed last."""
    found = {}
    for begin in range(0, len(contacts), CHUNK):
        for row in client.query(format_soql(_OPEN_ROLES, list(contacts[begin : begin + CHUNK]))):
            found[str(row["ContactId"])] = str(row["OpportunityId"])
    return found
