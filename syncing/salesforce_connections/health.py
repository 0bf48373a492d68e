"""What an error means for a connection as a whole: the circuit breaker."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncing.errors import Misconfigured, QuotaExhausted, SyncError, Transient
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.signals import salesforce_connection_lost

State = SalesforceConnection.State

# So many failures in a row, and nobody calls for a while, longer each time.
MOST_FAILURES = 5
SHORTEST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
# Only an admin of Salesforce can put it right, and does not tell us.
PERMISSION_REST = timedelta(hours=1)
_DOUBLINGS_MAX = 10


def note_failure(connection: SalesforceConnection, error: SyncError, *, now: datetime) -> None:
    """Errors of single records say nothing of the connection; the others may stop it."""
    if isinstance(error, Misconfigured) and error.setting == "permissions":
        _pause(connection, error, until=now + PERMISSION_REST)
    elif isinstance(error, Misconfigured):
        _lose(connection, error)
    elif isinstance(error, QuotaExhausted):
        _pause(connection, error, until=error.resets_at)
    elif isinstance(error, Transient):
        _count(connection, error, now=now)


def note_success(connection: SalesforceConnection) -> None:
    """It works, so whatever was wrong is over."""
    if connection.state != State.CONNECTED or connection.failures:
        connection.store(
            state=State.CONNECTED, state_reason="", state_code="", paused_until=None, failures=0
        )


def _lose(connection: SalesforceConnection, error: SyncError) -> None:
    was_lost = connection.state == State.NEEDS_RECONNECT
    is_stored = connection.store(
        state=State.NEEDS_RECONNECT,
        state_reason=error.message,
        state_code=error.code,
        paused_until=None,
    )
    if is_stored and not was_lost:
        salesforce_connection_lost.send(sender=SalesforceConnection, connection=connection)


def _pause(connection: SalesforceConnection, error: SyncError, *, until: datetime) -> None:
    connection.store(
        state=State.PAUSED, state_reason=error.message, state_code=error.code, paused_until=until
    )


def _count(connection: SalesforceConnection, error: Transient, *, now: datetime) -> None:
    failures = connection.failures + 1
    connection.store(failures=failures)
    if failures >= MOST_FAILURES:
        doublings = min(failures - MOST_FAILURES, _DOUBLINGS_MAX)
        _pause(connection, error, until=now + min(SHORTEST_REST * 2**doublings, LONGEST_REST))
