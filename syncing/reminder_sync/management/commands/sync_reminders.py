from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.reminder_sync.engine import sync
from syncing.reminder_sync.selectors import standing

DONE = (
    "created_here",
    "changed_here",
    "deleted_here",
    "restored_here",
    "created_there",
    "changed_there",
    "deleted_there",
    "conflicts",
    "refused",
    "calls",
)


class Command(BaseCommand):
    help = "Sync reminders with Salesforce once, both ways, and tell how it stands."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        cycle = sync(now=timezone.now(), polls=True)
        if cycle is None:
            raise CommandError(_("Another worker is syncing reminders at this moment."))
        numbers = {**{name: cycle.tally[name] for name in DONE}, **standing()._asdict()}
        if options["json"]:
            self.stdout.write(json.dumps(numbers))
        else:
            for name, number in numbers.items():
                self.stdout.write(f"{name}: {number}")
        if cycle.troubles:
            raise CommandError(cycle.troubles[0].message)
