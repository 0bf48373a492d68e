"""What one cycle of the sync knows while it talks to Salesforce over one connection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Q

from people.models import Person
from syncing.reminder_sync import history
from syncing.reminder_sync.shape import TaskShape, shape_of
from syncing.salesforce import SalesforceClient, to_18
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_settings.models import SalesforceSettings

T = TypeVar("T")

# The Date header is cut to seconds, so that clocks this near are the same for all we know.
_SAME_CLOCK = timedelta(seconds=2)


@dataclass(slots=True)
class Context:
    client: SalesforceClient
    connection: SalesforceConnection
    shape: TaskShape
    # Who syncs, by their ids in Salesforce.
    users: Mapping[str, Any]
    skipped: SalesforceSettings.SkippedReminder
    now: datetime
    # How much was done, by what it was.
    tally: Counter[str]
    # The links that both sides keep changing.
    contested: set[int]
    # How far Salesforce's clock is ahead of ours.
    lead: timedelta = field(default=timedelta(0))

    @classmethod
    def of(
        cls,
        client: SalesforceClient,
        connection: SalesforceConnection,
        users: Mapping[str, Any],
        tally: Counter[str],
        *,
        now: datetime,
    ) -> Context:
        skipped = SalesforceSettings.SkippedReminder(SalesforceSettings.load().skipped_reminder)
        shape, contested = shape_of(client, connection), history.contested(now=now)
        return cls(client, connection, shape, users, skipped, now, tally, contested)

    def note_clock(self) -> None:
        """To be called right after an answer."""
        told = self.client.server_time
        if told:
            lead = told - datetime.now(UTC)
            self.lead = lead if abs(lead) > _SAME_CLOCK else timedelta(0)

    def is_after(self, edited_at: datetime | None, moment: datetime) -> bool:
        """Whether an edit here came later than Salesforce's second."""
        if edited_at is None:
            return False
        return (edited_at + self.lead).replace(microsecond=0) > moment


def people_of(who_ids: Iterable[str]) -> dict[str, Person]:
    """By the id of lead or contact, in 18 characters; who is active wins over who is not."""
    wanted = {who_id for who_id in who_ids if who_id}
    if not wanted:
        return {}
    spellings = wanted | {who_id[:15] for who_id in wanted}
    rows = Person.objects.filter(
        Q(salesforce_contact_id__in=spellings) | Q(salesforce_lead_id__in=spellings)
    )
    found: dict[str, Person] = {}
    for person in sorted(rows, key=lambda row: (row.state == Person.State.ACTIVE, row.pk)):
        for record_id in (person.salesforce_lead_id, person.salesforce_contact_id):
            if record_id and to_18(record_id) in wanted:
                found[to_18(record_id)] = person
    return found


def who_of(person: Person | None) -> str:
    """The contact, else the lead, under which a person's tasks stand."""
    if person is None:
        return ""
    return to_18(person.salesforce_contact_id or person.salesforce_lead_id)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """In lists of at most so many."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
