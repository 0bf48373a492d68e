"""Where unsubscribes and Salesforce stand, for pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from people.models import Person
from people.unsubscribes import unsubscribed_among
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import client_for
from syncing.unsubscribe_sync.fields import OBJECTS, ObjectFields, fields_of, forget_fields
from syncing.unsubscribe_sync.inbound import people_by_keys
from syncing.unsubscribe_sync.models import Push, RemoteOptOut, Run, UnsubscribeSync

State = Push.State


@dataclass(frozen=True, slots=True)
class Queue:
    """Unsubscribes that are not in Salesforce yet."""

    waiting: int
    parked: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A record that somebody cleared, and the person who is unsubscribed here still."""

    record: RemoteOptOut
    person: Person


def queue() -> Queue:
    return Queue(
        **Push.objects.aggregate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            parked=Count("pk", filter=Q(state=State.PARKED)),
            oldest_at=Min("created_at", filter=Q(state=State.WAITING)),
        )
    )


def reported_runs() -> QuerySet[Run]:
    return Run.objects.select_related("requested_by").order_by("-queued_at", "-pk")


def last_full_run() -> Run | None:
    """The latest that came to an end, well or badly."""
    over = reported_runs().filter(kind=Run.Kind.FULL, finished_at__isnull=False)
    return over.first()


def disagreements(limit: int) -> Sequence[Disagreement]:
    """The latest first."""
    records = list(RemoteOptOut.objects.exclude(cleared_at=None).order_by("-cleared_at")[:limit])
    people = people_by_keys({record.record_id: record.email for record in records})
    found = [
        Disagreement(record, person)
        for record in records
        for person in people[record.record_id][:1]
    ]
    standing = unsubscribed_among(one.person for one in found)
    return [one for one in found if one.person.pk in standing]


def look_at_fields(*, now: datetime) -> list[ObjectFields]:
    """As Salesforce describes them at this moment; raises SyncError."""
    sales_field = UnsubscribeSync.load().sales_field
    forget_fields(sales_field=sales_field)
    with client_for(user=None, now=now, importance=Importance.NORMAL) as client:
        found = fields_of(client, sales_field=sales_field)
    return [found[name] for name in OBJECTS]
