"""The sandbox's Salesforce, connected: what sellers do is logged there, reminders are synced."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from syncing.reminder_sync.models import ReminderSync
from syncing.reminder_sync.services import begin as begin_reminders
from syncing.salesforce_connections.connecting import connect_new_app
from syncing.salesforce_connections.matching import match_users
from syncing.salesforce_connections.selectors import get_org, main_connection
from syncing.salesforce_settings.fields import ALL_FIELDS
from syncing.salesforce_settings.models import EmailLogging
from syncing.salesforce_settings.services import change_settings
from syncing.salesforce_settings.setup_check import deploy_fields
from syncing.sandbox import SANDBOX_SALESFORCE_CLIENT_ID, SANDBOX_SALESFORCE_CLIENT_SECRET

LOGGED = {"email_logging": EmailLogging.API, "log_replies": True, "log_calls": True}


def connect_salesforce(url: str, *, now: datetime) -> None:
    """Connect and set it up, once; later only follow the sandbox to another port.

    A real org is left alone, and so is what somebody disconnected.
    """
    org = get_org()
    if org is None:
        _connect(url, now=now)
        match_users(now=now)
        deploy_fields(names=[field.name for field in ALL_FIELDS], now=now)
        change_settings(changes=LOGGED, by=None, now=now)
        begin_reminders(window=ReminderSync.Window.DAY, sends_existing=False, by=None, now=now)
    elif _is_sandbox(org.login_url) and org.login_url != url and main_connection():
        _connect(url, now=now)


def _connect(url: str, *, now: datetime) -> None:
    connect_new_app(
        login_url=url,
        client_id=SANDBOX_SALESFORCE_CLIENT_ID,
        client_secret=SANDBOX_SALESFORCE_CLIENT_SECRET,
        now=now,
    )


def _is_sandbox(login_url: str) -> bool:
    """Only the sandbox is spoken to without encryption."""
    return urlsplit(login_url).scheme == "http"
