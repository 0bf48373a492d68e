"""The one way to add to the activity log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from activities.details import Details
from activities.models import Activity
from activities.signals import activities_recorded
from people.engagement import Engagement, add_engagement
from people.models import Person

Kind = Activity.Kind

_COUNTED_AS = {
    Kind.EMAIL_SENT: ("emails", "activities"),
    Kind.CALL_RECEIVED: ("calls", "activities"),
    Kind.EMAIL_OPENED: ("views", "events"),
    Kind.EMAIL_CLICKED: ("clicks", "events"),
    Kind.EMAIL_REPLIED: ("replies", "events"),
    Kind.CAMPAIGN_ADDED: ("campaigns",),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that happened, to be recorded.

    `idempotency_key` names the thing itself, as in `email:12:sent`: told again, nothing happens.
    """

    kind: Activity.Kind
    person: Person
    actor: Any
    occurred_at: datetime
    about_type: Activity.About
    about_id: int
    subject: str
    details: Details
    idempotency_key: str


def record(entry: Entry, *, now: datetime) -> Activity | None:
    """Record one thing in the caller's transaction; None when it was recorded before."""
    recorded = record_all([entry], now=now)
    return recorded[0] if recorded else None


def record_all(entries: Iterable[Entry], *, now: datetime) -> list[Activity]:
    """Record what is not recorded yet, in the caller's transaction, and return those rows.

    The counters of the people and what listens to `activities_recorded` change with them.
    """
    with transaction.atomic(savepoint=False):
        recorded = _insert([_row(entry, now) for entry in entries])
        if recorded:
            add_engagement(_engagement_of(recorded))
            activities_recorded.send(sender=Activity, activities=recorded, now=now)
    return recorded


def _row(entry: Entry, now: datetime) -> Activity:
    return Activity(
        kind=entry.kind,
        person=entry.person,
        actor=entry.actor,
        occurred_at=entry.occurred_at,
        recorded_at=now,
        about_type=entry.about_type,
        about_id=entry.about_id,
        subject=_storable(entry.subject)[:500],
        details={name: _storable(value) for name, value in asdict(entry.details).items()},
        idempotency_key=entry.idempotency_key,
    )


def _storable(value: Any) -> Any:
    """Text without what PostgreSQL refuses, which mails and addresses may hold; else the value."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "").encode(errors="replace").decode()


def _insert(rows: Sequence[Activity]) -> list[Activity]:
    """Add the rows whose key is new. A key that another transaction is adding is waited for."""
    # In the order of the key, so that two transactions never wait for each other in a circle.
    rows = sorted(rows, key=lambda row: row.idempotency_key)
    Activity.objects.bulk_create(rows, ignore_conflicts=True)
    added = set(
        Activity.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
    )
    return [row for row in rows if row.pk in added]


def _engagement_of(recorded: Sequence[Activity]) -> dict[int, Engagement]:
    """What these activities add to the counters, by person."""
    counts: dict[int, Counter[str]] = {}
    latest: dict[int, datetime] = {}
    for activity in recorded:
        person = activity.person_id
        counts.setdefault(person, Counter()).update(_COUNTED_AS.get(Kind(activity.kind), ()))
        latest[person] = max(activity.occurred_at, latest.get(person, activity.occurred_at))
    return {
        person: Engagement(counts=dict(counts[person]), last_activity_at=latest[person])
        for person in counts
    }
