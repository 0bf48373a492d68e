"""The one door to Salesforce: whose connection, whether it may be used, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from syncing.errors import Misconfigured, SyncError, Transient
from syncing.salesforce import SalesforceClient
from syncing.salesforce_connections.budget import (
    Importance,
    budget_of,
    note_calls,
    require_budget,
)
from syncing.salesforce_connections.credentials import renew_session, session_of
from syncing.salesforce_connections.health import note_failure, note_success
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import connection_for, get_org


def client_for(
    *,
    user: Any,
    now: datetime,
    importance: Importance = Importance.NORMAL,
) -> AbstractContextManager[SalesforceClient]:
    """Call as this user, or by the main connection where the user's cannot be used."""
    connection = connection_for(user, now=now)
    if connection is None:
        raise Misconfigured(_("Salesforce is not connected."), setting="connection")
    return calling(connection, now=now, importance=importance)


@contextmanager
def calling(
    connection: SalesforceConnection,
    *,
    now: datetime,
    importance: Importance = Importance.NORMAL,
) -> Iterator[SalesforceClient]:
    """A client for the length of the block; no transaction may be around it.

    Raises, before anything is called, Misconfigured for a connection that needs re-connect,
    Transient for one that is paused, and QuotaExhausted when calls run short. The errors of
    the calls go through, after they have told on the connection.
    """
    _require_usable(connection, now=now)
    with _client(connection, now=now) as client:
        with _telling(connection, now=now):
            _look_at_limit(client, importance, now=now)
        if org := get_org():
            require_budget(budget_of(org, now=now), importance, now=now)
        with _telling(connection, now=now):
            yield client
        note_success(connection)


@contextmanager
def probing(connection: SalesforceConnection, *, now: datetime) -> Iterator[SalesforceClient]:
    """A client for a test that somebody asked for, whatever the connection's state."""
    with _client(connection, now=now) as client:
        yield client


@contextmanager
def _client(connection: SalesforceConnection, *, now: datetime) -> Iterator[SalesforceClient]:
    renew = partial(renew_session, connection.pk, now=now)
    with SalesforceClient(session_of(connection), renew=renew) as client:
        try:
            yield client
        finally:
            note_calls(client.calls, client.usage, now=now)


def _require_usable(connection: SalesforceConnection, *, now: datetime) -> None:
    if connection.is_usable(now):
        return
    if connection.paused_until:
        raise Transient(
            connection.state_reason,
            code=connection.state_code,
            retry_after=(connection.paused_until - now).total_seconds(),
        )
    raise Misconfigured(connection.state_reason, setting="connection", code=connection.state_code)


def _look_at_limit(client: SalesforceClient, importance: Importance, *, now: datetime) -> None:
    """Calls that ran short may have come back since anybody asked."""
    org = get_org()
    budget = budget_of(org, now=now) if org else None
    if budget and not budget.allows(importance) and budget.is_stale(now):
        client.limits()
        note_calls(0, client.usage, now=now)


@contextmanager
def _telling(connection: SalesforceConnection, *, now: datetime) -> Iterator[None]:
    try:
        yield
    except SyncError as error:
        note_failure(connection, error, now=now)
        raise
