"""The names of sales owners: Marketo tells only their ids, Salesforce who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from people.models import SalesforceUser
from people.owners import owner_ids
from people.salesforce_ids import SHORT_LENGTH
from people.session_locks import only_one
from syncing.errors import Permanent
from syncing.models import MarketoConnection
from syncing.salesforce import Record, SalesforceClient, format_soql, is_id, to_18
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import calling
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.selectors import get_org, main_connection

READERS_LOCK = 0x6F776E657273  # "owners"
FRESH_FOR = timedelta(days=1)
# Keeps the query's address well below 16 KB.
CHUNK = 300


def read_owner_names(*, now: datetime) -> int:
    """Ask Salesforce for owners it was never asked for, once a day for all of them; for how many.

    Nobody is asked for without a main connection that can be used. Raises SyncError, or TooSlow
    when the owners cannot be found in time; whatever names there are stay.
    """
    org, main = get_org(), main_connection()
    if org is None or main is None or not main.is_usable(now) or _is_loading():
        return 0
    with only_one(READERS_LOCK) as is_mine:
        due = _due(now=now) if is_mine else []
        if due:
            _read(due, main, org_id=org.org_id, now=now)
    return len(due)


def forget_owner_names() -> None:
    """What one org says of its users holds for no other."""
    SalesforceUser.objects.all().delete()


def _is_loading() -> bool:
    """Whether the index by which owners are found may be missing."""
    return MarketoConnection.objects.filter(sync_state=MarketoConnection.SyncState.INITIAL).exists()


def _due(*, now: datetime) -> list[str]:
    """The first 15 characters of the ids. All are read together, to be due together again.

    A clock that was ahead leaves times to come behind; they count as long ago.
    """
    owners = sorted({value[:SHORT_LENGTH] for value in owner_ids() if is_id(value)})
    read_at = dict(SalesforceUser.objects.values_list("pk", "read_at"))
    if any(not timedelta(0) <= now - read_at.get(owner, now) < FRESH_FOR for owner in owners):
        return owners
    return [owner for owner in owners if owner not in read_at]


def _read(owners: Sequence[str], main: SalesforceConnection, *, org_id: str, now: datetime) -> None:
    try:
        with calling(main, now=now, importance=Importance.LOW) as client:
            for begin in range(0, len(owners), CHUNK):
                some = owners[begin : begin + CHUNK]
                _store(some, _users(client, some), org_id=org_id, now=now)
    except Permanent:
        # It would be refused every time; tomorrow is another day.
        _store(owners, [], org_id=org_id, now=now)
        raise


def _users(client: SalesforceClient, owners: Sequence[str]) -> list[Record]:
    ids = [to_18(owner) for owner in owners]
    return list(
        client.query(format_soql("SELECT Id, Name, IsActive FROM User WHERE Id IN {}", ids))
    )


@transaction.atomic
def _store(owners: Sequence[str], found: Sequence[Record], *, org_id: str, now: datetime) -> None:
    """Who was asked for, and what was told of whom; nothing once the org has been left."""
    if not SalesforceOrg.objects.select_for_update(no_key=True).filter(org_id=org_id).first():
        return
    SalesforceUser.objects.bulk_create(
        [SalesforceUser(short_id=owner, read_at=now) for owner in owners],
        update_conflicts=True,
        unique_fields=["short_id"],
        update_fields=["read_at"],
    )
    known = [
        SalesforceUser(
            short_id=user["Id"][:SHORT_LENGTH], name=user["Name"], is_active=user["IsActive"]
        )
        for user in found
    ]
    SalesforceUser.objects.bulk_update(known, ["name", "is_active"])
