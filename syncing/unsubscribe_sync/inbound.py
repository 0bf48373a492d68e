"""What records in Salesforce say of people here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left, Lower

from people.models import Person, Unsubscribe
from people.salesforce_ids import SHORT_LENGTH, forms_of
from people.sorting import text_key
from people.unsubscribes import in_force, unsubscribe_many, unsubscribed_among
from syncing.salesforce import to_18
from syncing.unsubscribe_sync.models import RemoteOptOut
from syncing.unsubscribe_sync.outbound import remember
from syncing.unsubscribe_sync.records import RemoteRecord

SOURCE = Unsubscribe.Source.SALESFORCE


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page of records brought: new unsubscribes, each with the record that says so, and
    the unsubscribes that the other records may have to be told of.
    """

    imported: Sequence[tuple[Unsubscribe, RemoteRecord]]
    standing: Sequence[Unsubscribe]


def take_in(
    page: Iterable[RemoteRecord],
    *,
    now: datetime,
    read_since: datetime | None = None,
    is_preview: bool = False,
) -> Taken:
    """Unsubscribe whoever is opted out there; a preview only tells who that would be.

    The records were read after `read_since`, a time by Salesforce's clock, if that is known.
    """
    with transaction.atomic():
        records = _without_stale(page, read_since=read_since)
        people = people_of(records)
        saying = {
            person.pk: (person, record)
            for record in records
            if record.is_opted_out
            for person in people[record.record_id]
        }
        already = unsubscribed_among(person for person, _record in saying.values())
        new = {pk: pair for pk, pair in saying.items() if pk not in already}
        if is_preview:
            rows = [_would_be(person, now=now) for person, _record in new.values()]
        else:
            rows = unsubscribe_many(
                people=[person for person, _record in new.values()], source=SOURCE, now=now
            )
            saying_so = [record for record in records if record.is_opted_out]
            remember(saying_so, is_opted_out=True, now=now)
        silent = [record for record in records if not record.is_opted_out]
        standing = _standing(silent, people)
        if not is_preview:
            _note_silent(silent, people, standing)
    return Taken([(row, new[row.person_id][1]) for row in rows], standing)


def people_of(records: Iterable[RemoteRecord]) -> Mapping[str, Sequence[Person]]:
    """The active people of each record, by its id or its address."""
    return people_by_keys({record.record_id: record.email for record in records})


def people_by_keys(emails: Mapping[str, str]) -> Mapping[str, Sequence[Person]]:
    """The same for the addresses of records by their ids."""
    found: dict[str, dict[int, Person]] = defaultdict(dict)
    by_email: dict[str, list[str]] = defaultdict(list)
    for record_id, email in emails.items():
        if email:
            by_email[email].append(record_id)
    ids = [form for record_id in emails for form in forms_of(record_id)]
    active = Person.objects.active()
    of_record = Q(salesforce_contact_id__in=ids) | Q(salesforce_lead_id__in=ids)
    for person in active.filter(of_record):
        for record_id in (person.salesforce_contact_id, person.salesforce_lead_id):
            found[to_18(record_id)][person.pk] = person
    of_address = active.alias(email_key=text_key("email")).filter(email_key__in=list(by_email))
    for person in of_address:
        for record_id in by_email[person.email.lower()]:
            found[record_id][person.pk] = person
    return defaultdict(list, {key: list(people.values()) for key, people in found.items()})


def _without_stale(
    page: Iterable[RemoteRecord], *, read_since: datetime | None
) -> list[RemoteRecord]:
    """Without records that were read before we wrote them, which say what is no more."""
    records = list(page)
    written = RemoteOptOut.objects.exclude(sent_at=None)
    if read_since:
        written = written.filter(sent_at__gte=read_since)
    known = written.in_bulk([record.record_id for record in records])

    def is_stale(record: RemoteRecord) -> bool:
        before = known.get(record.record_id)
        return bool(
            before
            and before.sent_at
            and record.changed_at < before.sent_at
            and record.is_opted_out != before.is_opted_out
        )

    return [record for record in records if not is_stale(record)]


def _would_be(person: Person, *, now: datetime) -> Unsubscribe:
    return Unsubscribe(
        person=person, email=person.email.lower(), source=SOURCE, unsubscribed_at=now
    )


def _standing(
    records: Sequence[RemoteRecord], people: Mapping[str, Sequence[Person]]
) -> list[Unsubscribe]:
    """The unsubscribes that hold for these records, which do not say so."""
    theirs = [person for record in records for person in people[record.record_id]]
    pks = [person.pk for person in theirs]
    merged = Person.objects.filter(merged_into__in=pks).values_list("pk", flat=True)
    emails = {record.email for record in records} | {person.email.lower() for person in theirs}
    rows = in_force().filter(Q(person__in=[*pks, *merged]) | Q(email__in=emails - {""}))
    return list(rows.select_related("person__merged_into"))


def _note_silent(
    records: Iterable[RemoteRecord],
    people: Mapping[str, Sequence[Person]],
    standing: Iterable[Unsubscribe],
) -> None:
    """Both sides have cleared these. What stands here is left for whoever tells Salesforce."""
    emails, pks = set(), set()
    for row in standing:
        emails.add(row.email)
        pks |= {row.person_id, row.person.merged_into_id}

    def stands(record: RemoteRecord) -> bool:
        theirs = people[record.record_id]
        addresses = {record.email, *(person.email.lower() for person in theirs)} - {""}
        return bool(addresses & emails) or any(person.pk in pks for person in theirs)

    cleared = [record.record_id for record in records if not stands(record)]
    known = RemoteOptOut.objects.filter(record_id__in=cleared)
    known.update(is_opted_out=False, cleared_at=None)


def take_in_people(people: QuerySet[Person], *, now: datetime) -> list[Unsubscribe]:
    """Unsubscribe those of whom Salesforce said so before they were here, or had this address."""
    known = RemoteOptOut.objects.filter(is_opted_out=True, cleared_at=None)
    of_record = known.alias(short=Left("record_id", SHORT_LENGTH))
    said_so = (
        Exists(of_record.filter(short=Left(OuterRef("salesforce_contact_id"), SHORT_LENGTH)))
        | Exists(of_record.filter(short=Left(OuterRef("salesforce_lead_id"), SHORT_LENGTH)))
        | (~Q(email="") & Exists(known.filter(email=Lower(OuterRef("email")))))
    )
    found = list(people.filter(said_so))
    already = unsubscribed_among(found)
    new = [person for person in found if person.pk not in already]
    return unsubscribe_many(people=new, source=SOURCE, now=now) if new else []
