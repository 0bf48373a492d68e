"""One cycle of the incremental sync: read the feeds through, then read again who changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncing.models import DirtyLead, FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.feeds import DELETIONS_KEPT_FOR, forget_old, read_feeds
from syncing.people_sync.hydrate import hydrate_all
from syncing.people_sync.work import Work

RUNS_KEPT_FOR = timedelta(days=30)


def is_cycle_due(marketo: MarketoConnection, *, now: datetime) -> bool:
    """A cycle is due at its time, and at once when somebody marked a lead.

    Not before a first full run has said from where on to read the feeds. After a failure only at
    its time: the leads that it failed with are still marked.
    """
    if not FeedCursor.objects.exists():
        return False
    return are_feeds_due(marketo, now=now) or (DirtyLead.objects.exists() and not _has_failed())


def are_feeds_due(marketo: MarketoConnection, *, now: datetime) -> bool:
    return marketo.next_cycle_at is None or marketo.next_cycle_at <= now


def _has_failed() -> bool:
    cycles = SyncRun.objects.filter(kind=SyncRun.Kind.INCREMENTAL)
    states = cycles.order_by("-pk").values_list("state", flat=True)
    return states.first() == SyncRun.State.FAILED


def work_on_cycle(work: Work) -> bool:
    """True when all changes are in, False when the slice is over before."""
    _mind_the_gap(work)
    if not (read_feeds(work) and hydrate_all(work)):
        return False
    _finish(work)
    return True


def _mind_the_gap(work: Work) -> None:
    """After a long rest the feed of deletions has holes; only a reconcile finds them."""
    oldest = FeedCursor.objects.order_by("watermark").values_list("watermark", flat=True)[0]
    if oldest < work.now - DELETIONS_KEPT_FOR:
        work.marketo.store(next_reconcile_at=work.now)


def _finish(work: Work) -> None:
    work.marketo.store(synced_until=min(FeedCursor.objects.values_list("watermark", flat=True)))
    forget_old()
    _forget_runs(work)


def _forget_runs(work: Work) -> None:
    """Of the cycles that found nothing only the latest is kept, of the others a month's worth."""
    cycles = SyncRun.objects.filter(kind=SyncRun.Kind.INCREMENTAL).exclude(pk=work.run.pk)
    idle = cycles.filter(read=0, removed=0, problem_count=0)
    idle.filter(state=SyncRun.State.SUCCEEDED).delete()
    cycles.filter(started_at__lt=work.now - RUNS_KEPT_FOR).delete()
