"""Changing the settings of Salesforce, and what they come to for one user."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from syncing.salesforce_settings.models import (
    EmailLogging,
    SalesforceSettings,
    UserSalesforceSettings,
)
from syncing.salesforce_settings.signals import salesforce_settings_changed

# What a user may choose otherwise than the workspace.
WORKSPACE_DEFAULTS = ("email_logging", "log_replies", "log_calls", "sync_reminders")


@dataclass(frozen=True, slots=True)
class UserChoice:
    """What is logged of this user's work."""

    email_logging: str
    log_replies: bool
    log_calls: bool
    sync_reminders: bool
    bcc_address: str

    @property
    def logs_emails(self) -> bool:
        return self.email_logging == EmailLogging.API


def settings_for(user: Any) -> UserChoice:
    """The workspace's, with what the user chose otherwise unless that is not allowed."""
    return choices_for([user.pk])[user.pk]


def choices_for(user_ids: Collection[int]) -> dict[int, UserChoice]:
    """By the users' ids."""
    shared = SalesforceSettings.load()
    own = {one.user_id: one for one in UserSalesforceSettings.objects.filter(user__in=user_ids)}
    return {user_id: _choice(shared, own.get(user_id)) for user_id in user_ids}


def _choice(shared: SalesforceSettings, own: UserSalesforceSettings | None) -> UserChoice:
    choice = {name: getattr(shared, name) for name in WORKSPACE_DEFAULTS}
    if own and not shared.is_enforced:
        chosen = {name: getattr(own, name) for name in choice}
        choice |= {name: value for name, value in chosen.items() if value not in {None, ""}}
    return UserChoice(**choice, bcc_address=own.bcc_address if own else "")


@transaction.atomic
def change_settings(*, changes: Mapping[str, Any], by: Any, now: datetime) -> dict[str, list[Any]]:
    """Store these, from now on; what changed, as [before, after]. Raises ValidationError.

    Nothing of the past is sent by it.
    """
    SalesforceSettings.objects.get_or_create(pk=1)
    settings = SalesforceSettings.objects.select_for_update().get()
    before = settings.values()
    for name, value in changes.items():
        setattr(settings, name, value)
    settings.full_clean()
    settings.save()
    after = settings.values()
    changed = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if changed:
        salesforce_settings_changed.send(sender=SalesforceSettings, changes=changed, by=by, now=now)
    return changed
