"""A test of the connection that says exactly what is wrong."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from syncing.connections import ConnectionReport, Finding
from syncing.errors import Misconfigured, Permanent, QuotaExhausted, SyncError
from syncing.salesforce import SalesforceClient
from syncing.salesforce_connections.calling import probing
from syncing.salesforce_connections.health import note_failure, note_success
from syncing.salesforce_connections.models import SalesforceConnection


def test_connection(connection: SalesforceConnection, *, now: datetime) -> ConnectionReport:
    """Try each kind of call that logging needs; a connection that works again goes on."""
    try:
        with probing(connection, now=now) as client:
            client.limits()
            problems = tuple(found for found in _missing(client) if found)
    except SyncError as error:
        note_failure(connection, error, now=now)
        return ConnectionReport((_closed_door(error),))
    note_success(connection)
    return ConnectionReport(problems)


def _missing(client: SalesforceClient) -> tuple[Finding | None, ...]:
    return (
        _needs(client, "Task", is_written=True),
        _needs(client, "Lead"),
        _needs(client, "Contact"),
        _needs(client, "User"),
    )


def _needs(client: SalesforceClient, name: str, *, is_written: bool = False) -> Finding | None:
    try:
        described = client.describe(name)
    except Permanent as error:
        message = _("The user may not see %(name)s records in Salesforce.") % {"name": name}
        return Finding("permissions", message, error.code)
    if is_written and not (described.is_createable and described.is_updateable):
        message = _("The user may not create and edit %(name)s records in Salesforce.")
        return Finding("permissions", message % {"name": name})
    return None


def _closed_door(error: SyncError) -> Finding:
    if isinstance(error, Misconfigured):
        return Finding(error.setting, error.message, error.code)
    if isinstance(error, QuotaExhausted):
        return Finding("daily_call_cap", error.message, error.code)
    return Finding("login_url", error.message, error.code)
