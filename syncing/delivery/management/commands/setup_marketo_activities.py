from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.connections import client_for
from syncing.delivery.services import try_again_now
from syncing.delivery.type_setup import SetupPlan, make_plan, set_up, words_of
from syncing.errors import SyncError
from syncing.marketo import Priority
from syncing.models import MarketoConnection


class Command(BaseCommand):
    help = (
        "Compare Marketo's custom activity types with those that sellers' activities need, and"
        " create, complete and approve them. Says what it will do before it does it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        marketo = MarketoConnection.objects.first()
        if marketo is None:
            raise CommandError(_("Marketo is not connected: use connect_marketo first."))
        try:
            with client_for(marketo, Priority.INTERACTIVE) as client:
                plan = make_plan(client)
                self._tell(plan)
                if not options["dry_run"]:
                    plan = set_up(client, marketo, now=timezone.now())
        except SyncError as error:
            raise CommandError(error.message) from None
        if options["dry_run"]:
            return
        try_again_now(now=timezone.now())
        if not plan.is_in_order:
            raise CommandError(_("Not all types are in order; see above."))
        self.stdout.write(_("All types are in order."))

    def _tell(self, plan: SetupPlan) -> None:
        for line in words_of(plan.types):
            self.stdout.write(line)
        if plan.is_too_much:
            self.stdout.write(
                _("Other types in this Marketo, which may leave too little room: %s")
                % ", ".join(plan.others)
            )
