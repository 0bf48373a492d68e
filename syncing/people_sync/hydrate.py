"""Reading dirty leads again, 300 a call, and doing to the people here what happened in Marketo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from people.models import Person
from syncing.errors import Misconfigured
from syncing.marketo import Lead
from syncing.models import SyncRun
from syncing.people_sync.dirty import forget, next_dirty
from syncing.people_sync.load import merge_people
from syncing.people_sync.mapping import REMOVED_REASONS, Readings
from syncing.people_sync.opportunities import note_refusal, read_opportunities
from syncing.people_sync.removals import merge_losers, remove_people
from syncing.people_sync.work import Work

BATCH = 300
# Of all the people, so large a share may leave within a day; so few may, whatever their share.
MOST_REMOVED = 0.2
FEW_REMOVALS = 100


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


def hydrate_marked(work: Work) -> None:
    """Hydrate what there is, however long it takes: who marked it also counts what came of it."""
    while hydrate_batch(work):
        pass


def hydrate_batch(work: Work) -> bool:
    """Read the leads that wait longest; False when none does."""
    dirty = next_dirty(BATCH)
    if not dirty:
        return False
    ids = [lead.marketo_id for lead in dirty]
    losers = {lead.marketo_id: lead.merged_into for lead in dirty if lead.merged_into}
    leads = _read_leads(work, ids, losers)
    readings = work.lead_reader().read_records({**lead.values, "id": lead.id} for lead in leads)
    contacts = [row.marketo_id for row in readings.kept if row.sfdc_type == Person.SfdcType.CONTACT]
    opportunities = read_opportunities(work, contacts)
    absent = set(ids) - {lead.id for lead in leads}
    with transaction.atomic():
        departures = _departures(readings, absent, losers)
        _store(work, readings, departures, opportunities)
        forget(dirty)
        work.save()
    return True


def _read_leads(work: Work, ids: Sequence[int], losers: Collection[int]) -> list[Lead]:
    """The leads with these ids; who is here and would have to leave is asked for a second time."""
    fields = work.lead_fields()
    leads = work.client.leads("id", ids, fields)
    absent = set(ids) - {lead.id for lead in leads} - set(losers)
    here = Person.objects.active().filter(marketo_id__in=absent)
    if missed := list(here.values_list("marketo_id", flat=True)):
        leads += work.client.leads("id", missed, fields)
    return leads


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
    if removed:
        _refuse_mass_removal(now=work.now)
    work.count(readings, merged, removed=removed)


def _refuse_mass_removal(*, now: datetime) -> None:
    """Stop when so many left within a day that a mistake in Marketo is likelier than the truth.

    Workspaces and permissions hide leads without an error. Who starts a full sync agrees to it.
    """
    since = now - timedelta(days=1)
    if agreed := SyncRun.objects.filter(kind=SyncRun.Kind.INITIAL).order_by("started_at").last():
        if agreed.is_open:
            return
        since = max(since, agreed.finished_at or since)
    gone = Person.objects.filter(state=Person.State.REMOVED, updated_at__gt=since).count()
    if gone <= FEW_REMOVALS or gone <= MOST_REMOVED * (gone + Person.objects.active().count()):
        return
    raise Misconfigured(
        _(
            "Within a day more than a fifth of the people here would have left. Nobody else is"
            " removed until you look: can the API user still see all workspaces, partitions and"
            " fields? If these people are really gone, start a full sync."
        ),
        setting="permissions",
    )
