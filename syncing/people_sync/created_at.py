"""Bulk extracts month by month of creation: slow, but any subscription can do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncing.people_sync.extract import extract_leads
from syncing.people_sync.work import Work

LONGEST_WINDOW = timedelta(days=31)  # doc: bulk-lead-extract.md, "Filters"
# Both ends of a window belong to it.
STEP = timedelta(seconds=1)


def extract_windows(work: Work) -> bool:
    """Go on with the windows, newest first; True when all are in, False when the slice is over.

    It ends with the first empty window before the oldest lead the survey met.
    """
    oldest = datetime.fromisoformat(work.checkpoint["oldest"])
    while not work.slice.is_over:
        end = datetime.fromisoformat(work.checkpoint["window_end"])
        start = end - LONGEST_WINDOW
        export = extract_leads(
            work,
            {"createdAt": {"startAt": _text(start), "endAt": _text(end - STEP)}},
            then={"window_end": start.isoformat()},
        )
        if export is None:
            return False
        work.run.progress = min(1, (work.run.started_at - start) / _span(work, oldest))
        if start <= oldest and not export.record_count:
            return True
    return False


def _span(work: Work, oldest: datetime) -> timedelta:
    return max(work.run.started_at - oldest, LONGEST_WINDOW)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
