"""Ticking the opt-out of records in Salesforce."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from syncing.salesforce import COLLECTION_MAX, RowError, SalesforceClient
from syncing.unsubscribe_sync.decisions import Step, missing_in, step_for
from syncing.unsubscribe_sync.fields import ObjectFields
from syncing.unsubscribe_sync.models import RemoteOptOut
from syncing.unsubscribe_sync.records import Found, RemoteRecord, find
from syncing.unsubscribe_sync.wishes import Wish

# Salesforce's code for what is not even tried.
NOT_EDITABLE = "INVALID_FIELD_FOR_INSERT_UPDATE"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows for one record, or came of it; `wish` is who it was for."""

    found: Found
    wish: Wish
    step: Step
    error: RowError | None = None

    @property
    def record(self) -> RemoteRecord:
        return self.found.record


def plan(
    client: SalesforceClient,
    fields: Mapping[str, ObjectFields],
    wishes: Sequence[Wish],
    *,
    is_firm: bool,
) -> list[Outcome]:
    """What there is to do for these wishes; one for each record, whoever wishes it most."""
    everything = find(
        client,
        fields,
        ids={one for wish in wishes for one in wish.record_ids},
        emails={email for wish in wishes for email in wish.emails},
    )
    ids = [found.record.record_id for found in everything]
    known = RemoteOptOut.objects.filter(record_id__in=ids, is_opted_out=True)
    opted_out = set(known.values_list("record_id", flat=True))
    by_key = _by_key(wishes)
    outcomes = []
    for found in everything:
        theirs = (wish for key in found.keys for wish in by_key[key])
        wish = max(theirs, key=lambda one: one.here, default=None)
        if wish is None:
            # Salesforce takes two addresses for one that we tell apart.
            continue
        step = step_for(
            found.record.flags,
            wish.here,
            fields[found.record.object_name].chosen,
            was_opted_out=found.record.record_id in opted_out,
            is_firm=is_firm,
        )
        outcomes.append(Outcome(found, wish, step))
    return outcomes


def packs(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, Sequence[Outcome]]]:
    """What is to be written, by object, as much at a time as goes into a call."""
    due: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.step in {Step.WRITE, Step.WRITE_AGAIN}:
            due[outcome.record.object_name].append(outcome)
    for name, of_object in due.items():
        for begin in range(0, len(of_object), COLLECTION_MAX):
            yield name, of_object[begin : begin + COLLECTION_MAX]


def write(
    client: SalesforceClient, fields: ObjectFields, outcomes: Sequence[Outcome], *, now: datetime
) -> list[Outcome]:
    """Write a pack; each with its error if Salesforce refused it.

    Raises SyncError when the call fails as a whole; to do it again does no harm.
    """
    values = [_values(fields, outcome) for outcome in outcomes]
    lacking = RowError(NOT_EDITABLE, " ".join(fields.lacks), ())
    refused = [
        replace(outcome, error=lacking)
        for outcome, changes in zip(outcomes, values, strict=True)
        if not changes
    ]
    tried = [pair for pair in zip(outcomes, values, strict=True) if pair[1]]
    if not tried:
        return refused
    results = client.update(
        fields.object_name,
        [{"Id": outcome.record.record_id, **changes} for outcome, changes in tried],
    )
    settled = [
        replace(outcome, error=result.errors[0] if result.errors else None)
        for (outcome, _changes), result in zip(tried, results, strict=True)
    ]
    written = [outcome.record for outcome in settled if outcome.error is None]
    remember(written, is_opted_out=True, sent_at=client.server_time, now=now)
    return [*refused, *settled]


def _values(fields: ObjectFields, outcome: Outcome) -> dict[str, bool]:
    missing = missing_in(outcome.record.flags, outcome.wish.here, fields.chosen)
    return {name: True for name in missing if name in fields.editable}


def remember(
    records: Iterable[RemoteRecord],
    *,
    is_opted_out: bool,
    now: datetime,
    sent_at: datetime | None = None,
) -> None:
    """What these records say now; `sent_at` when it was us who had them say so."""
    updated = ["email", "is_opted_out", "seen_at", "cleared_at"]
    RemoteOptOut.objects.bulk_create(
        [
            RemoteOptOut(
                record_id=record.record_id,
                email=record.email,
                is_opted_out=is_opted_out,
                sent_at=sent_at,
                seen_at=now,
            )
            for record in records
        ],
        update_conflicts=True,
        unique_fields=["record_id"],
        update_fields=[*updated, "sent_at"] if sent_at else updated,
    )


def note_cleared(outcomes: Iterable[Outcome], *, now: datetime) -> set[str]:
    """Those of the records that are found cleared for the first time, by their ids."""
    ids = [one.record.record_id for one in outcomes if one.step is Step.LEAVE_CLEARED]
    new = RemoteOptOut.objects.filter(record_id__in=ids, cleared_at=None)
    found = set(new.values_list("record_id", flat=True))
    RemoteOptOut.objects.filter(record_id__in=found).update(cleared_at=now)
    return found


def words_of(error: RowError) -> str:
    return error.rule.words or error.message or _("Salesforce gives no reason.")


def _by_key(wishes: Iterable[Wish]) -> dict[str, list[Wish]]:
    """By each id and each address."""
    found: dict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        for key in (*wish.record_ids, *wish.emails):
            found[key].append(wish)
    return found
