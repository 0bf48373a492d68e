"""Whose reminders are synced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, Least

from syncing.reminder_sync.models import ReminderSync, SyncedUser
from syncing.salesforce import to_18
from syncing.salesforce_settings.models import SalesforceSettings


def users_who_sync() -> QuerySet[Any]:
    """Those who are known in Salesforce and for whom the settings say so."""
    shared = SalesforceSettings.load()
    users = get_user_model().objects.filter(is_active=True).exclude(salesforce_user_id="")
    if shared.is_enforced:
        return users if shared.sync_reminders else users.none()
    wants = Coalesce("salesforce_settings__sync_reminders", Value(shared.sync_reminders))
    return users.alias(wants=wants).filter(wants=True)


def keep_users(*, now: datetime) -> None:
    """Have the sync begin or end for whom the settings say so.

    Who begins anew has no links to look at; who begins again has all looked at.
    """
    wanted = set(users_who_sync().values_list("pk", flat=True))
    known = {one.user_id: one for one in SyncedUser.objects.all()}
    off = [pk for pk, one in known.items() if one.is_on and pk not in wanted]
    again = [pk for pk, one in known.items() if not one.is_on and pk in wanted]
    SyncedUser.objects.filter(user__in=off).update(is_on=False)
    reach = ReminderSync.load().reach
    synced_again = SyncedUser.objects.filter(user__in=again)
    synced_again.update(
        is_on=True,
        started_at=now,
        read_until=Least("read_until", Value(now - reach)),
        reconciled_at=None,
    )
    SyncedUser.objects.bulk_create(
        [
            SyncedUser(
                user_id=pk,
                started_at=now,
                read_until=now - reach,
                replicated_until=now,
                reconciled_at=now,
            )
            for pk in wanted - known.keys()
        ],
        ignore_conflicts=True,
    )


def read_from(users: Iterable[Any], begins: datetime) -> datetime:
    """From when on tasks come in when these begin: those who had stopped go on where they were."""
    known = SyncedUser.objects.filter(user__in=users).values_list("read_until", flat=True)
    return min([begins, *known])


def synced_users() -> QuerySet[SyncedUser]:
    return SyncedUser.objects.filter(is_on=True).select_related("user").order_by("pk")


def by_salesforce_id(synced: list[SyncedUser]) -> Mapping[str, Any]:
    return {to_18(one.user.salesforce_user_id): one.user for one in synced}
