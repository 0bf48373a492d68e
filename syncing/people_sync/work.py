"""A slice of work on one run: its clock, its client, and what it adds to the run's row."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from syncing.connections import describe
from syncing.errors import Misconfigured
from syncing.marketo import MarketoClient
from syncing.models import MarketoConnection, SyncProblem, SyncRun
from syncing.people_sync.fields import INDISPENSABLE, api_names, missing_names
from syncing.people_sync.load import MergeResult
from syncing.people_sync.mapping import LeadReader, Problem, Readings

SLICE_SECONDS = 30
STORED_PROBLEMS = 10_000
# What a slice changes in the run's row; never its state, which belongs to whoever pauses it.
COST_FIELDS = ("busy_seconds", "api_calls", "bytes_downloaded")
SAVED_FIELDS = (
    *COST_FIELDS,
    "strategy",
    "note",
    "total",
    "is_total_exact",
    "progress",
    "read",
    "kept",
    "written",
    "unchanged",
    "removed",
    "skipped",
    "problem_count",
    "checkpoint",
)


class RunStopped(Exception):
    """Somebody paused or cancelled the run; what was not committed is done again another time."""


class NotYet(Exception):
    """There is nothing to do for this run before `resume_at`."""

    def __init__(self, resume_at: datetime) -> None:
        super().__init__(resume_at)
        self.resume_at = resume_at


class Slice:
    """A stretch of work with an end, and the time in it: immune to a clock that is set anew."""

    def __init__(self, *, now: datetime, seconds: float = SLICE_SECONDS) -> None:
        self._began_at = now
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    @property
    def now(self) -> datetime:
        return self._began_at + timedelta(seconds=self.elapsed)

    @property
    def is_over(self) -> bool:
        return self.elapsed >= self._seconds


@dataclass
class Work:
    """What the steps of a run work with. Counts reach the database with `save`, and only there."""

    marketo: MarketoConnection
    run: SyncRun
    client: MarketoClient
    slice: Slice
    _cost_before: tuple[float, int, int] = field(init=False)

    def __post_init__(self) -> None:
        self._cost_before = (self.run.busy_seconds, self.run.api_calls, self.run.bytes_downloaded)

    @property
    def now(self) -> datetime:
        return self.slice.now

    @property
    def checkpoint(self) -> dict[str, Any]:
        state: dict[str, Any] = self.run.checkpoint
        return state

    @property
    def is_reconcile(self) -> bool:
        return self.run.kind == SyncRun.Kind.RECONCILE

    def lead_fields(self) -> list[str]:
        return list(api_names(self.marketo).values())

    def lead_reader(self) -> LeadReader:
        return LeadReader(api_names(self.marketo))

    def learn_fields(self) -> None:
        """Learn which lead fields there are; raises Misconfigured if the CRM's are not among."""
        describe(self.marketo, self.client, now=self.now)
        missing = missing_names(self.marketo)
        if lost := [name for name in INDISPENSABLE if name in missing]:
            raise Misconfigured(
                _(
                    "Marketo has no fields %s: its Salesforce sync is not set up, or the API user"
                    " may not see them."
                )
                % ", ".join(lost),
                setting="fields",
            )

    def count(self, readings: Readings, merged: MergeResult, *, removed: int = 0) -> None:
        """Add a batch to the run's counters: read = kept + skipped, kept = written + unchanged."""
        run = self.run
        run.read += readings.read
        run.kept += merged.written + merged.unchanged
        run.written += merged.written
        run.unchanged += merged.unchanged
        run.removed += removed
        for reason, number in readings.skip_counts.items():
            run.skipped[reason] = run.skipped.get(reason, 0) + number
        self.report(readings.problems)

    def report(self, problems: Sequence[Problem]) -> None:
        """Count all problems, and store them until there are more than anybody would read."""
        room = max(0, STORED_PROBLEMS - self.run.problem_count)
        self.run.problem_count += len(problems)
        SyncProblem.objects.bulk_create(
            SyncProblem(
                run=self.run,
                marketo_id=problem.marketo_id,
                field=problem.field,
                code=problem.code,
                message=problem.message,
                happened_at=self.now,
            )
            for problem in problems[:room]
        )

    def add_note(self, note: str) -> None:
        if note not in self.run.note:
            self.run.note = f"{self.run.note}\n{note}".strip()

    def save(self, checkpoint: Mapping[str, Any] | None = None) -> None:
        """Store the counters and where to go on, in the transaction that stores the effects.

        Raises RunStopped when the run was paused or cancelled meanwhile.
        """
        self.checkpoint.pop("failures", None)
        self.checkpoint.update(checkpoint or {})
        if not self._update(SAVED_FIELDS):
            raise RunStopped

    def settle(self, state: SyncRun.State, **values: Any) -> None:
        """End the slice with this state, unless the run was paused or cancelled meanwhile.

        What the last transaction did not commit is forgotten, but for its cost.
        """
        self.run.refresh_from_db()
        self._update(COST_FIELDS, state=state, **values)

    def _update(self, names: Iterable[str], **values: Any) -> bool:
        seconds, calls, size = self._cost_before
        self.run.busy_seconds = seconds + self.slice.elapsed
        self.run.api_calls = calls + self.client.calls
        self.run.bytes_downloaded = size + self.client.bytes_downloaded
        saved = {name: getattr(self.run, name) for name in names}
        running = SyncRun.objects.filter(pk=self.run.pk, state=SyncRun.State.RUNNING)
        return bool(running.update(**saved, **values))
