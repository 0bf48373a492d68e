"""Reading dirty leads again, 300 a call, and doing to the people here what happened in Marketo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from people.models import Person
from syncing.people_sync.dirty import forget, next_dirty
from syncing.people_sync.load import merge_people
from syncing.people_sync.mapping import REMOVED_REASONS, Readings
from syncing.people_sync.opportunities import note_refusal, read_opportunities
from syncing.people_sync.removals import merge_losers, remove_people
from syncing.people_sync.work import Work

BATCH = 300


@dataclass(frozen=True, slots=True)
class Departures:
    """Who leaves, by Marketo id: for a reason, or into the winner of a merge."""

    reasons: Mapping[int, Person.RemovedReason]
    winners: Mapping[int, int]


def hydrate_all(work: Work) -> bool:
    """Hydrate batch after batch; True when no dirty lead is left, False when the slice is over."""
    while not work.slice.is_over:
        if not hydrate_batch(work):
            return True
    return False


def hydrate_batch(work: Work) -> bool:
    """Read the leads that wait longest; False when none does."""
    dirty = next_dirty(BATCH)
    if not dirty:
        return False
    ids = [lead.marketo_id for lead in dirty]
    leads = work.client.leads("id", ids, work.lead_fields())
    readings = work.lead_reader().read_records({**lead.values, "id": lead.id} for lead in leads)
    contacts = [row.marketo_id for row in readings.kept if row.sfdc_type == Person.SfdcType.CONTACT]
    opportunities = read_opportunities(work, contacts)
    absent = set(ids) - {lead.id for lead in leads}
    losers = {lead.marketo_id: lead.merged_into for lead in dirty if lead.merged_into}
    with transaction.atomic():
        departures = _departures(readings, absent, losers)
        _store(work, readings, departures, opportunities)
        forget(dirty)
        work.save()
    return True


def _departures(readings: Readings, absent: set[int], losers: Mapping[int, int]) -> Departures:
    """A lead that is gone lost a merge or was deleted; one without an owner left the workspace.

    Marketo leaves out whom it no longer has (doc: leads.md). A loser that Marketo still has won
    after all: Salesforce decides that (doc: merging leads).
    """
    reasons = {
        marketo_id: REMOVED_REASONS[skip]
        for marketo_id, skip in readings.skipped.items()
        if marketo_id is not None and skip in REMOVED_REASONS
    }
    winners = {loser: winner for loser, winner in losers.items() if loser in absent}
    deleted = dict.fromkeys(absent - set(winners), Person.RemovedReason.DELETED)
    return Departures(reasons | deleted, winners)


def _store(
    work: Work,
    readings: Readings,
    departures: Departures,
    opportunities: Mapping[int, str] | None,
) -> None:
    if opportunities is None:
        note_refusal(work)
    kept = [
        row._replace(salesforce_opportunity_id=(opportunities or {}).get(row.marketo_id, ""))
        for row in readings.kept
    ]
    merged = merge_people(kept, now=work.now, with_opportunities=opportunities is not None)
    removed = remove_people(departures.reasons, now=work.now)
    removed += merge_losers(departures.winners, now=work.now)
    work.count(readings, merged, removed=removed)
