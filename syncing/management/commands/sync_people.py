from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.models import FeedCursor, MarketoConnection, SyncRun
from syncing.people_sync.engine import advance, may_work
from syncing.people_sync.services import resume_sync, start_initial_sync

Kind = SyncRun.Kind
State = SyncRun.State

# What passes by itself is waited for, but not for ever while somebody looks on.
MOST_FAILURES = 5
SHORTEST_NAP, LONGEST_NAP = 0.02, 0.5
BAR_WIDTH = 30


class Command(BaseCommand):
    help = (
        "Sync people from Marketo in the foreground: everybody if that was never done, else what"
        " changed since the last time. Goes on with a run that was interrupted, and beside a"
        " worker that is at it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--full", action="store_true", help="read everybody again")
        parser.add_argument("--json", action="store_true", help="end with one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        if not MarketoConnection.objects.exists():
            raise CommandError(_("Marketo is not connected: use connect_marketo first."))
        if resume_sync() and not options["json"]:
            self.stdout.write(_("The sync was paused; it goes on."))
        run = self._sync_everybody() if options["full"] or _is_first() else self._sync_changes()
        seconds = time.monotonic() - began
        self.stdout.write(
            json.dumps(_summary(run, seconds)) if options["json"] else _sentence(run, seconds)
        )
        if run.state != State.SUCCEEDED:
            raise CommandError(run.error or _("The run was cancelled or paused."))

    def _sync_everybody(self) -> SyncRun:
        run = start_initial_sync(requested_by=None, now=timezone.now())
        return self._follow(lambda: SyncRun.objects.get(pk=run.pk))

    def _sync_changes(self) -> SyncRun:
        """A cycle that begins after now; one that is under way may have missed the latest."""
        cycles = SyncRun.objects.filter(kind=Kind.INCREMENTAL).order_by("-pk")
        latest = cycles.first()
        if latest and latest.is_open:
            latest = self._follow(cycles.first)
            if latest.state != State.SUCCEEDED:
                return latest
        MarketoConnection.objects.update(next_cycle_at=timezone.now())
        return self._follow(cycles.filter(pk__gt=latest.pk if latest else 0).first)

    def _follow(self, current: Callable[[], SyncRun | None]) -> SyncRun:
        """Work on what is due until the run is over or cannot go on by itself."""
        while True:
            now = timezone.now()
            has_worked = advance(now=now)
            run = current()
            if run:
                self._show(run)
                if not run.is_open or run.state == State.PAUSED or _is_hopeless(run):
                    return run
            if not has_worked:
                _require_leave_to_work(now)
                time.sleep(_nap(run))

    def _show(self, run: SyncRun) -> None:
        if self.stderr.isatty():
            filled = int(run.progress * BAR_WIDTH)
            bar = "█" * filled + "░" * (BAR_WIDTH - filled)
            self._draw(f"\r{bar} {run.progress:4.0%}  {_sentence_of_counts(run)} ")
            if not run.is_open:
                self._draw("\n")

    def _draw(self, text: str) -> None:
        self.stderr.write(text, style_func=str, ending="")


def _is_first() -> bool:
    is_open = SyncRun.objects.filter(kind=Kind.INITIAL, state__in=SyncRun.OPEN_STATES).exists()
    return is_open or not FeedCursor.objects.exists()


def _require_leave_to_work(now: datetime) -> None:
    """Raise CommandError when the sync is not to go on before somebody or tomorrow allows it."""
    marketo = MarketoConnection.objects.first()
    if marketo is None or not may_work(marketo, now=now):
        reason = marketo.state_reason if marketo else _("Marketo is not connected any more.")
        raise CommandError(reason or _("The sync is paused."))


def _is_hopeless(run: SyncRun) -> bool:
    """Whether the run waits for a person, for tomorrow's quota, or has failed too often."""
    if run.state != State.WAITING or not run.error:
        return False
    works = MarketoConnection.objects.filter(state=MarketoConnection.State.CONNECTED).exists()
    is_transient = bool(run.checkpoint.get("failures"))
    return not works or not is_transient or run.checkpoint["failures"] >= MOST_FAILURES


def _nap(run: SyncRun | None) -> float:
    if run is None or run.resume_at is None:
        return LONGEST_NAP
    left = (run.resume_at - timezone.now()).total_seconds()
    return max(SHORTEST_NAP, min(left, LONGEST_NAP))


def _summary(run: SyncRun, seconds: float) -> dict[str, Any]:
    return {
        "state": run.state.lower(),
        "read": run.read,
        "kept": run.kept,
        "written": run.written,
        "unchanged": run.unchanged,
        "removed": run.removed,
        "skipped": {reason.lower(): number for reason, number in run.skipped.items()},
        "problems": run.problem_count,
        "api_calls": run.api_calls,
        "seconds": round(seconds, 3),
        "error": run.error or None,
    }


def _sentence(run: SyncRun, seconds: float) -> str:
    return f"{run.get_state_display()}: {_sentence_of_counts(run)}, {seconds:.1f} s"


def _sentence_of_counts(run: SyncRun) -> str:
    about = {"read": run.read, "written": run.written, "calls": run.api_calls}
    return _("%(read)d read, %(written)d written, %(calls)d API calls") % about
