"""Bulk extracts month by month of creation: slow, but any subscription can do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from syncing.marketo import LeadExport
from syncing.people_sync.extract import extract_leads
from syncing.people_sync.work import Work

LONGEST_WINDOW = timedelta(days=31)  # doc: bulk-lead-extract.md, "Filters"
# Both ends of a window belong to it.
STEP = timedelta(seconds=1)
EMPTY_WINDOWS = 12
# There was no Marketo before.
EARLIEST = datetime(2006, 1, 1, tzinfo=UTC)


def extract_windows(work: Work) -> bool:
    """Go on with the windows, newest first; True when all are in, False when the slice is over.

    The survey may not have met the oldest lead: a year without anybody before the oldest one known
    is the end.
    """
    while not work.slice.is_over:
        end = datetime.fromisoformat(work.checkpoint["window_end"])
        start = end - LONGEST_WINDOW
        export = extract_leads(
            work,
            {"createdAt": {"startAt": _text(start), "endAt": _text(end - STEP)}},
            then=partial(_next_window, work.checkpoint["oldest"], start),
        )
        if export is None:
            return False
        oldest = datetime.fromisoformat(work.checkpoint["oldest"])
        work.run.progress = min(1, (work.run.started_at - start) / _span(work, oldest))
        if start <= _last_start(oldest):
            return True
    return False


def count_windows(oldest: datetime | None, *, now: datetime) -> int:
    """How many exports it takes if this is when the oldest lead was created."""
    return (now - _last_start(oldest or EARLIEST)) // LONGEST_WINDOW + 1


def _next_window(oldest: str, start: datetime, export: LeadExport) -> dict[str, str]:
    is_empty = export.record_count == 0
    known = datetime.fromisoformat(oldest)
    return {
        "window_end": start.isoformat(),
        "oldest": (known if is_empty else min(known, start)).isoformat(),
    }


def _last_start(oldest: datetime) -> datetime:
    return max(oldest - EMPTY_WINDOWS * LONGEST_WINDOW, EARLIEST)


def _span(work: Work, oldest: datetime) -> timedelta:
    return max(work.run.started_at - oldest, LONGEST_WINDOW)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
