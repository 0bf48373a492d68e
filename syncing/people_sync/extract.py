"""Bulk lead extracts (doc: bulk-lead-extract.md): made, waited for, and read as they stream in.

Every step is stored before the next one is taken, so a run goes on with the job it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from syncing.errors import Permanent, Transient
from syncing.marketo import ExportBatch, LeadExport
from syncing.models import SyncProblem, SyncRun
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.indexes import drop_indexes, ensure_indexes, missing_indexes
from syncing.people_sync.load import (
    MergeResult,
    add_people,
    encode,
    find_differing,
    merge_people,
    staged_who_left,
)
from syncing.people_sync.mapping import LeadReader, Problem, Readings, Skip
from syncing.people_sync.seen import remember_staged
from syncing.people_sync.threads import Prefetched, quick_turns, without_cycles
from syncing.people_sync.work import NotYet, Work

# So many rows share a transaction and the round trips around it.
PORTION = 10_000
# Below this, making the indexes anew costs more than it saves.
WORTH_DROPPING_INDEXES = 20_000
# A job that fails, is cancelled by somebody or whose file is gone is made again so many times.
MOST_EXPORTS = 3
# Of a file that is read anew only the second reading counts.
COUNTERS = ("read", "kept", "written", "unchanged", "skipped", "problem_count")
UNUSABLE = {"404", "416", "610", "checksum"}


class Portion:
    """What is stored at once of an export, ready for the database, and where the next one starts.

    Rows are encoded as soon as they are read: the fewer are about, the more of them stay in the
    processor's cache, which takes a third off the time.
    """

    def __init__(self) -> None:
        self.counts = Readings()
        self.header: tuple[str, ...] = ()
        self.next_offset = 0
        self._encoded: list[bytes] = []

    @property
    def rows(self) -> bytes:
        return b"".join(self._encoded)

    def add(self, batch: ExportBatch, reader: LeadReader) -> None:
        readings = reader.read_rows(batch.rows, batch.columns)
        for bad in batch.bad_rows:
            readings.skip(None, Skip.UNREADABLE)
            message = _("A row of the export cannot be read: %s") % bad.reason
            readings.problems.append(Problem(None, "", "BAD_ROW", message))
        self.counts.count(readings)
        self._encoded.append(encode(readings.kept_columns))
        self.header, self.next_offset = batch.columns, batch.next_offset


def extract_leads(
    work: Work,
    lead_filter: Mapping[str, Any],
    *,
    then: Callable[[LeadExport], Mapping[str, Any]] = lambda _: {},
) -> LeadExport | None:
    """Go on with the export of this filter; return it when its file is in, else None.

    `then` says what to add to the checkpoint when it is in. Raises NotYet while Marketo makes it.
    """
    export = _completed_export(work, lead_filter)
    if not _read_file(work, export):
        return None
    ensure_indexes()
    work.checkpoint.pop("export")
    work.save(then(export))
    return export


def _completed_export(work: Work, lead_filter: Mapping[str, Any]) -> LeadExport:
    job = work.checkpoint.get("export")
    if job is None:
        created = work.client.create_lead_export(work.lead_fields(), lead_filter)
        job = {"id": created.export_id, "is_queued": False, "offset": 0, "header": None}
        work.save({"export": job})
    if not job["is_queued"]:
        work.client.enqueue_lead_export(job["id"])
        job["is_queued"] = True
        work.save()
    export = _status(work, job["id"])
    if export.status in {LeadExport.FAILED, LeadExport.CANCELLED}:
        _make_another(work, export.error or _("The export was cancelled in Marketo."))
    if export.status != LeadExport.COMPLETED:
        raise NotYet(work.now + timedelta(seconds=settings.MARKETO_EXPORT_POLL_SECONDS))
    return export


def _status(work: Work, export_id: str) -> LeadExport:
    try:
        return work.client.lead_export_status(export_id)
    except Permanent as error:
        _make_another(work, error.message)


def _make_another(work: Work, reason: str) -> NoReturn:
    """Forget the job, so that the next step makes a new one; raises if that did not help before."""
    failures = work.checkpoint.get("failed_exports", 0) + 1
    if failures >= MOST_EXPORTS:
        raise Permanent(_("Marketo could not make the export: %s") % reason)
    job = work.checkpoint.pop("export")
    for name, value in job.get("counted_before", {}).items():
        setattr(work.run, name, value)
    with transaction.atomic():
        _forget_problems(work.run, beyond=work.run.problem_count)
        work.save({"failed_exports": failures})
    raise NotYet(work.now)


def _forget_problems(run: SyncRun, *, beyond: int) -> None:
    later = run.problems.order_by("pk")[beyond:].values("pk")
    SyncProblem.objects.filter(pk__in=later).delete()


def _read_file(work: Work, export: LeadExport) -> bool:
    """Read on from the checkpoint; True at the end of the file."""
    job = work.checkpoint["export"]
    if not export.record_count and export.record_count is not None:
        return True
    if job["offset"] == 0:
        _begin_file(work, export)
    is_bulk = bool(missing_indexes())
    batches = work.client.lead_export_rows(export, job["offset"], job["header"])
    try:
        with (
            without_cycles(),
            quick_turns(),
            Prefetched(_portions(batches, work.lead_reader())) as portions,
        ):
            for portion in portions:
                _store(work, export, portion, is_bulk=is_bulk)
                if work.slice.is_over:
                    return False
    except (Permanent, Transient) as error:
        if error.code in UNUSABLE:
            _make_another(work, error.message)
        raise
    return True


def _begin_file(work: Work, export: LeadExport) -> None:
    work.checkpoint["export"]["counted_before"] = {
        name: copy(getattr(work.run, name)) for name in COUNTERS
    }
    expected = export.record_count or 0
    if work.run.strategy == SyncRun.Strategy.SMART_LIST:
        work.run.total, work.run.is_total_exact = export.record_count, True
    if expected >= WORTH_DROPPING_INDEXES and not work.is_reconcile:
        drop_indexes()
    work.save()


def _portions(batches: Iterator[ExportBatch], reader: LeadReader) -> Iterator[Portion]:
    with closing(batches):  # type: ignore[type-var]
        portion = Portion()
        for batch in batches:
            portion.add(batch, reader)
            if portion.counts.read >= PORTION:
                yield portion
                portion = Portion()
        if portion.counts.read:
            yield portion


@transaction.atomic
def _store(work: Work, export: LeadExport, portion: Portion, *, is_bulk: bool) -> None:
    if work.is_reconcile:
        _mark_differing(work, portion)
    else:
        _merge(work, portion, is_bulk=is_bulk)
    if work.checkpoint["had_people"]:
        remember_staged()
    job = work.checkpoint["export"]
    job["offset"], job["header"] = portion.next_offset, portion.header
    if work.run.strategy == SyncRun.Strategy.SMART_LIST and export.file_size:
        work.run.progress = portion.next_offset / export.file_size
    work.save()


def _merge(work: Work, portion: Portion, *, is_bulk: bool) -> None:
    """Write the rows; have those read again, and counted, that left: the file may be older."""
    had_people = work.checkpoint["had_people"]
    if is_bulk and not had_people and (added := _add(work, portion)):
        work.count(portion.counts, added)
        return
    merged = merge_people(
        portion.rows, now=work.now, may_be_stale=True, with_duplicates=not is_bulk
    )
    gone = staged_who_left() if had_people else []
    mark_dirty(marketo_ids=gone, now=work.now)
    portion.counts.read -= len(gone)
    work.count(portion.counts, replace(merged, unchanged=merged.unchanged - len(gone)))


def _add(work: Work, portion: Portion) -> MergeResult | None:
    """Write the rows of a first load; None if one of them is here, by a webhook or a second row."""
    try:
        return add_people(portion.rows, now=work.now)
    except IntegrityError:
        return None


def _mark_differing(work: Work, portion: Portion) -> None:
    """Have those read again, and counted, that differ: the file may be older than what is here."""
    differing = find_differing(portion.rows)
    mark_dirty(marketo_ids=differing, now=work.now)
    portion.counts.read -= len(differing)
    skipped = sum(portion.counts.skip_counts.values())
    work.count(portion.counts, MergeResult(unchanged=portion.counts.read - skipped))
