"""Who is connected to Salesforce, and who is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet

from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg

State = SalesforceConnection.State


def get_org() -> SalesforceOrg | None:
    return SalesforceOrg.objects.first()


def main_connection() -> SalesforceConnection | None:
    return SalesforceConnection.objects.filter(user=None).first()


def own_connection(user: Any) -> SalesforceConnection | None:
    return SalesforceConnection.objects.filter(user_id=user.pk).first()


def connections() -> QuerySet[SalesforceConnection]:
    """Everybody's, the main connection first."""
    return SalesforceConnection.objects.select_related("user").order_by(
        F("user__email").asc(nulls_first=True)
    )


def lost_connections() -> QuerySet[SalesforceConnection]:
    """Those that somebody has to connect again: the main one, and those of active users."""
    who = Q(user=None) | Q(user__is_active=True)
    return connections().filter(who, state=State.NEEDS_RECONNECT)


def unconnected_users() -> QuerySet[Any]:
    """Active users who have not connected, or have to again."""
    connected = SalesforceConnection.objects.exclude(state=State.NEEDS_RECONNECT).exclude(user=None)
    users = get_user_model().objects.filter(is_active=True)
    return users.exclude(pk__in=connected.values("user_id")).order_by("email")


def connection_for(user: Any, *, now: datetime) -> SalesforceConnection | None:
    """The user's own, or the main connection where that is none or cannot be used now."""
    main = main_connection()
    own = own_connection(user) if user else None
    if own and (own.is_usable(now) or main is None):
        return own
    return main
