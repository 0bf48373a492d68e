"""Reading every id there may be, 300 a call: needs nothing enabled, and reads live values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from syncing.marketo import Lead
from syncing.people_sync.dirty import mark_absent
from syncing.people_sync.load import merge_people
from syncing.people_sync.mapping import LARGEST_ID
from syncing.people_sync.threads import in_order
from syncing.people_sync.work import Work

PAGE = 300
# Ids have gaps; this many pages without anybody beyond the known end are taken for the end.
EMPTY_PAGES = 10


@dataclass
class Sweep:
    """Where the sweep stands: the next id to ask for, and the highest that anybody has."""

    next_id: int
    highest_id: int

    @property
    def last_id(self) -> int:
        return self.highest_id + EMPTY_PAGES * PAGE

    def pages(self, work: Work) -> Iterator[range]:
        first = self.next_id
        while first <= self.last_id and not work.slice.is_over:
            yield range(first, first + PAGE)
            first += PAGE


def sweep_ids(work: Work) -> bool:
    """Go on from the checkpoint; True when the end is reached, False when the slice is over."""
    sweep = Sweep(work.checkpoint.get("next_id", 1), work.checkpoint["highest_id"])
    fields = work.lead_fields()
    while sweep.next_id <= sweep.last_id:
        if work.slice.is_over:
            return False
        pages = sweep.pages(work)
        for ids, leads in in_order(lambda ids: work.client.leads("id", ids, fields), pages):
            _store(work, sweep, ids, leads)
    mark_absent(low=sweep.next_id, high=LARGEST_ID, present=(), now=work.now)
    work.run.total, work.run.is_total_exact = work.run.read, True
    return True


@transaction.atomic
def _store(work: Work, sweep: Sweep, ids: range, leads: list[Lead]) -> None:
    readings = work.lead_reader().read_records({**lead.values, "id": lead.id} for lead in leads)
    kept = readings.kept
    merged = merge_people(kept, now=work.now)
    present = [row.marketo_id for row in kept]
    mark_absent(low=ids[0], high=ids[-1], present=present, now=work.now)
    work.count(readings, merged)
    sweep.next_id = ids[-1] + 1
    sweep.highest_id = max([sweep.highest_id, *(lead.id for lead in leads)])
    work.run.progress = min(1, ids[-1] / sweep.last_id)
    work.save({"next_id": sweep.next_id, "highest_id": sweep.highest_id})
