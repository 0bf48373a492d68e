"""What happens to unsubscribes here, for Salesforce."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from people.models import Person, Unsubscribe
from people.signals import people_unsubscribed, person_resubscribed
from syncing.people_sync.signals import people_loaded, people_written
from syncing.unsubscribe_sync import pushes
from syncing.unsubscribe_sync.inbound import take_in_people
from syncing.unsubscribe_sync.models import UnsubscribeSync


@receiver(people_unsubscribed, dispatch_uid="push_unsubscribes")
def push_at_once(*, unsubscribes: Sequence[Unsubscribe], now: datetime, **_more: Any) -> None:
    pushes.enqueue(unsubscribes, now=now)


@receiver(person_resubscribed, dispatch_uid="cancel_pushes")
def cancel_pushes(*, person: Person, now: datetime, **_more: Any) -> None:
    """All that was taken back a moment ago, whoever of the same address it was of."""
    pushes.cancel(Unsubscribe.objects.filter(resubscribed_at=now), now=now)


@receiver([people_written, people_loaded], dispatch_uid="opted_out_already")
def unsubscribe_who_comes(*, stamp: datetime, **_more: Any) -> None:
    """In the transaction that brings them, so that nobody can write to them in between."""
    if UnsubscribeSync.load().mode != UnsubscribeSync.Mode.OFF:
        take_in_people(Person.objects.active().filter(updated_at=stamp), now=stamp)
