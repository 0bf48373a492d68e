from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.connections import connect_marketo
from syncing.errors import SyncError


class Command(BaseCommand):
    help = "Test the credentials of a Marketo custom service and connect this workspace with them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--base-url", required=True, help="for example https://123-ABC-456.mktorest.com"
        )
        parser.add_argument("--client-id", required=True)
        parser.add_argument("--client-secret", required=True)
        parser.add_argument(
            "--smart-list-id", type=int, help="of everybody with a sales owner: the fastest sync"
        )
        parser.add_argument("--daily-call-cap", type=int, help="API calls a day, 50000 if not set")
        parser.add_argument("--linkedin-field", help="API name of the LinkedIn URL's lead field")
        parser.add_argument(
            "--delete-people", action="store_true", help="of another Marketo that was synced before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = (
            "base_url",
            "client_id",
            "client_secret",
            "smart_list_id",
            "daily_call_cap",
            "linkedin_field",
            "delete_people",
        )
        try:
            marketo = connect_marketo(**{name: options[name] for name in names}, now=timezone.now())
        except SyncError as error:
            raise CommandError(error.message) from None
        self.stdout.write(_("Connected to %s.") % marketo.base_url)
