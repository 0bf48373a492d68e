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

    Not before a first full run has said from where on to read the feeds.
    """
    if not FeedCursor.objects.exists():
        return False
    is_time = marketo.next_cycle_at is None or marketo.next_cycle_at <= now
    return is_time or DirtyLead.objects.exists()


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
    cycles = SyncRun.objects.filter(
        kind=SyncRun.Kind.INCREMENTAL, state=SyncRun.State.SUCCEEDED
    ).exclude(pk=work.run.pk)
    cycles.filter(read=0, removed=0, problem_count=0).delete()
    cycles.filter(started_at__lt=work.now - RUNS_KEPT_FOR).delete()
