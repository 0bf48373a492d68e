"""Who has to connect Salesforce again, for the frame of every page."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from admin_config.models import User
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_connections.selectors import lost_connections, main_connection

IS_TOLD = "is_told_of_lost_connections"


@dataclass(frozen=True)
class LostConnections:
    """What a user is told of; only admins of the main connection and of the others'."""

    own: SalesforceConnection | None = None
    main: SalesforceConnection | None = None
    others: int = 0
    # Whether the work of who has lost their own goes over the main one.
    has_main: bool = False


def knowing_of_notices(users: QuerySet[User]) -> QuerySet[User]:
    """Users who know, from the query that loads them, whether they have to be told anything."""
    lost = lost_connections()
    is_told = Q(Exists(lost.filter(user=OuterRef("pk")))) | Q(Exists(lost), role=User.Role.ADMIN)
    return users.annotate(**{IS_TOLD: ExpressionWrapper(is_told, output_field=BooleanField())})


def lost_for(user: User | AnonymousUser) -> LostConnections:
    if not (user.is_authenticated and getattr(user, IS_TOLD, True)):
        return LostConnections()
    lost = lost_connections()
    by_user = {one.user_id: one for one in (lost if user.is_admin else lost.filter(user=user))}
    own, main = by_user.pop(user.pk, None), by_user.pop(None, None)
    has_main = own is not None and _is_main_usable()
    return LostConnections(own, main, len(by_user), has_main)


def _is_main_usable() -> bool:
    connection = main_connection()
    return connection is not None and connection.state != SalesforceConnection.State.NEEDS_RECONNECT
