"""How far a sync run is, in the numbers a person asks for."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from syncing.models import SyncRun

SKIP_REASONS: dict[str, str | Promise] = {
    "NOT_IN_CRM": _("Not a Salesforce lead or contact"),
    "NO_OWNER": _("No sales owner"),
    "QUEUE_OWNER": _("Owned by a queue, not by a user"),
    "UNREADABLE": _("Without a usable Marketo ID"),
}
# Before this much work a rate would only be noise.
FIRST_ESTIMATE_SECONDS = 1.0


@dataclass(frozen=True)
class RunProgress:
    """Numbers derived from a run's row."""

    run: SyncRun

    @property
    def percent(self) -> int:
        return min(100, int(self.run.progress * 100))

    @property
    def per_second(self) -> int | None:
        if self.run.busy_seconds < FIRST_ESTIMATE_SECONDS or self._rests:
            return None
        return round(self.run.read / self.run.busy_seconds)

    @property
    def time_left(self) -> timedelta | None:
        """At the pace so far; none while that would be a guess."""
        has_pace = self.run.busy_seconds >= FIRST_ESTIMATE_SECONDS and self.run.progress > 0
        if not has_pace or not self.run.is_open or self._rests:
            return None
        left = self.run.busy_seconds * (1 - self.run.progress) / self.run.progress
        return timedelta(seconds=round(left))

    @property
    def _rests(self) -> bool:
        """Paused, or held up by an error: nothing moves, so there is no pace."""
        return self.run.is_open and (self.run.state == SyncRun.State.PAUSED or bool(self.run.error))

    @property
    def skipped(self) -> list[tuple[str | Promise, int]]:
        """How many for each reason, the commonest first."""
        counts = sorted(self.run.skipped.items(), key=lambda item: -item[1])
        return [(SKIP_REASONS.get(reason, reason), count) for reason, count in counts]

    @property
    def duration(self) -> timedelta | None:
        if self.run.finished_at is None:
            return None
        return self.run.finished_at - self.run.started_at
