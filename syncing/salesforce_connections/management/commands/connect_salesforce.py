from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.errors import SyncError
from syncing.salesforce_connections.connecting import connect_new_app
from syncing.salesforce_connections.matching import match_users


class Command(BaseCommand):
    help = (
        "Connect this workspace to Salesforce as the user that an External Client App runs as"
        " (client credentials flow)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--login-url", required=True, help="My Domain: https://acme.my.salesforce.com"
        )
        parser.add_argument("--client-id", required=True, help="the app's consumer key")
        parser.add_argument("--client-secret", required=True, help="the app's consumer secret")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("login_url", "client_id", "client_secret")
        now = timezone.now()
        try:
            connection = connect_new_app(**{name: options[name] for name in names}, now=now)
            matching = match_users(now=now)
        except SyncError as error:
            raise CommandError(error.message) from None
        self.stdout.write(
            _("Connected to %(url)s as %(username)s; %(filled)d users matched by e-mail.")
            % {
                "url": connection.instance_url,
                "username": connection.salesforce_username,
                "filled": matching.filled,
            }
        )
