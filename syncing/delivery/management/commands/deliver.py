from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.delivery.holds import hold_of
from syncing.delivery.models import Delivery, Destination, MarketoActivityLog
from syncing.delivery.selectors import Tally, tally, waiting
from syncing.delivery.sweep import sweep
from syncing.models import MarketoConnection
from syncing.task_logging.selectors import why_nothing_moves as why_not_in_salesforce
from syncing.task_logging.sweep import sweep as log_tasks

LONGEST_NAP = 1.0


class Command(BaseCommand):
    help = (
        "Deliver the activities that are due, in the foreground and beside any worker, and print"
        " for each destination how many were recorded, delivered, wait, are parked or cancelled."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--until-empty", action="store_true", help="go on until none waits any more"
        )
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        reason = self._deliver(until_empty=options["until_empty"])
        tallies = {destination: tally(destination) for destination in Destination}
        self.stdout.write(_as_json(tallies) if options["json"] else _as_text(tallies))
        if options["until_empty"] and reason:
            raise CommandError(reason)

    def _deliver(self, *, until_empty: bool) -> str:
        """Sweep once, or until none waits; why that cannot be, in words."""
        while True:
            now = timezone.now()
            # Both, whatever the first one says.
            has_more = [sweep(now=now), log_tasks(now=now)]
            if any(has_more):
                continue
            due = Delivery.objects.filter(state__in=Delivery.WAITING_STATES).order_by("due_at")
            next_at = due.values_list("due_at", flat=True).first()
            if next_at is None or not until_empty:
                return ""
            if reason := _why_nothing_moves(now):
                return reason
            time.sleep(max(0.0, min((next_at - now).total_seconds(), LONGEST_NAP)))


def _why_nothing_moves(now: datetime) -> str:
    """Of each destination that something waits for; empty when one of them moves."""
    reasons = []
    if waiting().exists():
        reasons.append(_why_not_in_marketo(now))
    if tally(Destination.SALESFORCE).waiting:
        reasons.append(why_not_in_salesforce(now=now))
    return " ".join(reasons) if all(reasons) else ""


def _why_not_in_marketo(now: datetime) -> str:
    log = MarketoActivityLog.load()
    hold = hold_of(log, MarketoConnection.objects.first(), now=now)
    if hold:
        return hold.reason
    lacking = waiting().exclude(activity__kind__in=log.types)
    if lacking.exists() and not waiting().filter(activity__kind__in=log.types).exists():
        return _("Set up the activities in Marketo first.")
    return ""


def _as_json(tallies: dict[Destination, Tally]) -> str:
    return json.dumps({name.lower(): asdict(numbers) for name, numbers in tallies.items()})


def _as_text(tallies: dict[Destination, Tally]) -> str:
    return "\n".join(
        _(
            "%(destination)s: %(recorded)d recorded, %(delivered)d delivered, %(waiting)d waiting,"
            " %(parked)d parked, %(cancelled)d cancelled"
        )
        % {"destination": destination.label, **asdict(numbers)}
        for destination, numbers in tallies.items()
    )
