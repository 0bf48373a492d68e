"""What happens here, as events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from activities.api.representation import represent as activity_body
from activities.api.unsubscribe_shapes import represent as unsubscribe_body
from activities.models import Activity
from activities.signals import activities_recorded
from people.api.representation import FIELDS
from people.api.representation import represent as person_body
from people.models import Person, Unsubscribe
from people.signals import people_unsubscribed
from syncing.models import MarketoConnection
from syncing.people_sync.signals import people_written
from syncing.webhooks.models import Message
from syncing.webhooks.outbox import Event, enqueue

Kind = Message.Kind


@receiver(people_written, dispatch_uid="webhooks_people")
def tell_of_people(*, stamp: datetime, **_more: Any) -> None:
    enqueue(lambda: _people_events(stamp), now=stamp)


def _people_events(stamp: datetime) -> Iterator[Event]:
    """None while everybody is being loaded: who wants all people reads them over the API."""
    if MarketoConnection.objects.filter(sync_state=MarketoConnection.SyncState.INITIAL).exists():
        return
    for row in Person.objects.filter(updated_at=stamp).values(*FIELDS).order_by("pk"):
        is_removed = row["state"] == Person.State.REMOVED
        kind = Kind.PERSON_REMOVED if is_removed else Kind.PERSON_UPDATED
        yield Event(kind, person_body(row))


@receiver(activities_recorded, dispatch_uid="webhooks_activities")
def tell_of_activities(*, activities: Sequence[Activity], now: datetime, **_more: Any) -> None:
    enqueue(lambda: map(_activity_event, activities), now=now)


def _activity_event(activity: Activity) -> Event:
    """Without its deliveries, which have not begun."""
    body = activity_body(activity, [])
    del body["deliveries"]
    return Event(Kind.ACTIVITY_RECORDED, body)


@receiver(people_unsubscribed, dispatch_uid="webhooks_unsubscribes")
def tell_of_unsubscribes(
    *, unsubscribes: Sequence[Unsubscribe], now: datetime, **_more: Any
) -> None:
    enqueue(lambda: map(_unsubscribe_event, unsubscribes), now=now)


def _unsubscribe_event(unsubscribe: Unsubscribe) -> Event:
    return Event(Kind.UNSUBSCRIBE_CREATED, unsubscribe_body(unsubscribe))
