from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from people.session_locks import only_one
from syncing.unsubscribe_sync.locks import RUNS
from syncing.unsubscribe_sync.models import Push, Run, UnsubscribeSync
from syncing.unsubscribe_sync.pushes import push_due
from syncing.unsubscribe_sync.runs import work_on

NUMBERS = (
    "read",
    "compared",
    "imported",
    "written",
    "written_again",
    "cleared",
    "refused",
    "api_calls",
)


class Command(BaseCommand):
    help = (
        "Push the unsubscribes that wait to Salesforce and, where the sync is on, compare everybody"
        " both ways, in the foreground; print the numbers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--preview", action="store_true", help="change nothing, tell what would be done"
        )
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        is_preview = options["preview"]
        if not is_preview:
            while push_due(now=timezone.now()):
                pass
        run = self._run(is_preview=is_preview)
        numbers = _numbers(run)
        if options["json"]:
            self.stdout.write(json.dumps(numbers))
        else:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in numbers.items()))
        if run and run.state == Run.State.FAILED:
            raise CommandError(run.error)

    def _run(self, *, is_preview: bool) -> Run | None:
        """None where the sync is off."""
        if not is_preview and UnsubscribeSync.load().mode == UnsubscribeSync.Mode.OFF:
            return None
        now = timezone.now()
        with only_one(RUNS) as is_ours:
            if not is_ours:
                raise CommandError(_("A run is at work already."))
            kind = Run.Kind.PREVIEW if is_preview else Run.Kind.FULL
            run = Run.objects.create(kind=kind, queued_at=now)
            work_on(run, now=now)
        return run


def _numbers(run: Run | None) -> dict[str, Any]:
    pushes = Push.objects
    numbers: dict[str, Any] = {
        "mode": UnsubscribeSync.load().mode,
        "waiting": pushes.filter(state=Push.State.WAITING).count(),
        "parked": pushes.filter(state=Push.State.PARKED).count(),
        "run": run.state if run else None,
    }
    if run:
        numbers |= {name: getattr(run, name) for name in NUMBERS}
    return numbers
