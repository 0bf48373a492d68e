"""Changing how unsubscribes are kept in step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from syncing.unsubscribe_sync.models import UnsubscribeSync
from syncing.unsubscribe_sync.signals import unsubscribe_sync_changed

CHOICES = ("mode", "run_at", "time_zone", "sales_field")


@transaction.atomic
def change_sync(*, changes: Mapping[str, Any], by: Any, now: datetime) -> dict[str, list[Any]]:
    """Store these choices; what changed, as [before, after]. Raises ValidationError."""
    UnsubscribeSync.objects.get_or_create(pk=1)
    sync = UnsubscribeSync.objects.select_for_update().get()
    before = {name: str(getattr(sync, name)) for name in CHOICES}
    was_off = sync.mode == UnsubscribeSync.Mode.OFF
    for name, value in changes.items():
        setattr(sync, name, value)
    if was_off and sync.mode != UnsubscribeSync.Mode.OFF:
        sync.on_since = now
    sync.full_clean()
    sync.save()
    after = {name: str(getattr(sync, name)) for name in CHOICES}
    changed = {name: [before[name], after[name]] for name in CHOICES if before[name] != after[name]}
    if changed:
        unsubscribe_sync_changed.send(sender=UnsubscribeSync, changes=changed, by=by, now=now)
    return changed
