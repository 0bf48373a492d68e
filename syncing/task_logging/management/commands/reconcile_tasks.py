from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.task_logging.reconcile import reconcile


class Command(BaseCommand):
    help = (
        "Compare the tasks that were logged to Salesforce in the last days with what stands there,"
        " log again what stays gone without a trace, and print the numbers. Done every night."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        run = reconcile(now=timezone.now())
        numbers = model_to_dict(run, exclude=["id", "started_at", "since", "problem"])
        if options["json"]:
            self.stdout.write(json.dumps(numbers))
        else:
            self.stdout.write(
                _(
                    "%(checked)d checked, %(deleted)d deleted there, %(missing)d missing,"
                    " %(unknown)d unknown here"
                )
                % numbers
            )
        if run.problem:
            raise CommandError(run.problem)
