"""Where in Salesforce an unsubscribe has to be seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from people.models import Person, Unsubscribe
from people.sorting import text_key
from syncing.salesforce import to_18
from syncing.unsubscribe_sync.decisions import Here, here_of


@dataclass(frozen=True, slots=True)
class Wish:
    """One unsubscribe, with the records and addresses that it holds for."""

    unsubscribe: Unsubscribe
    record_ids: frozenset[str]
    emails: frozenset[str]

    @property
    def here(self) -> Here:
        return here_of(self.unsubscribe.source)


def wishes_of(unsubscribes: Iterable[Unsubscribe]) -> list[Wish]:
    """Of the person, of whom Marketo merged them into, and of all with one of their addresses."""
    rows = list(unsubscribes)
    twins = _by_email({email for row in rows for email in _emails(row)})
    wishes = []
    for row in rows:
        emails = _emails(row)
        people = [*_people(row), *(twin for email in emails for twin in twins[email])]
        ids = frozenset(record_id for person in people for record_id in record_ids_of(person))
        wishes.append(Wish(row, ids, emails))
    return wishes


def record_ids_of(person: Person) -> frozenset[str]:
    ids = (person.salesforce_lead_id, person.salesforce_contact_id)
    return frozenset(to_18(record_id) for record_id in ids if record_id)


def _people(row: Unsubscribe) -> list[Person]:
    return [row.person, *([row.person.merged_into] if row.person.merged_into else [])]


def _emails(row: Unsubscribe) -> frozenset[str]:
    """The address it was made for, and those that the people have by now."""
    return frozenset({row.email, *(person.email.lower() for person in _people(row))} - {""})


def _by_email(emails: set[str]) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = defaultdict(list)
    people = Person.objects.active().alias(email_key=text_key("email"))
    for person in people.filter(email_key__in=emails):
        found[person.email.lower()].append(person)
    return found
