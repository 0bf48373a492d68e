"""Celery's door to the Salesforce connections."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from people.query_plans import TooSlow
from syncing.errors import SyncError
from syncing.salesforce_connections.budget import forget_old_usage
from syncing.salesforce_connections.matching import match_users
from syncing.salesforce_connections.owner_names import read_owner_names
from syncing.salesforce_connections.selectors import main_connection

log = structlog.get_logger(__name__)


@shared_task
def match_salesforce_users(**_: object) -> None:
    """Look every day for the Salesforce users of those who are new."""
    now = timezone.now()
    forget_old_usage(now=now)
    if main_connection() is None:
        return
    try:
        match_users(now=now)
    except SyncError as error:
        # The connection's state tells; tomorrow is another day.
        log.warning("salesforce_users_not_matched", reason=error.message, code=error.code)


@shared_task
def read_names_of_owners(**_: object) -> None:
    """Have a name for whoever owns people here."""
    try:
        read_owner_names(now=timezone.now())
    except SyncError as error:
        # The names there are stay; what is due is asked for again.
        log.warning("owner_names_not_read", reason=error.message, code=error.code)
    except TooSlow:
        log.warning("owners_not_found_in_time")
