"""What a fresh workspace on a developer's machine starts with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from actions_app.launcher.demo_content import add_content
from actions_app.launcher.demo_mail import give_mail
from actions_app.launcher.demo_salesforce import connect_salesforce
from actions_app.launcher.demo_users import ADMIN_EMAIL, DEMO_USERS
from actions_app.launcher.workspace import SECRETS, load_secrets
from syncing.connections import connect_marketo, other_origin
from syncing.people_sync.services import start_initial_sync
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET, SANDBOX_SMART_LIST_ID
from syncing.sandbox.controls import Controls
from syncing.selectors import get_connection


class Command(BaseCommand):
    help = (
        "Create an admin and two sellers; with the local sandbox connect it, give them mail, and"
        " something to begin with. What exists stays."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sandbox", metavar="URL", help="connect to the sandbox there")

    def handle(self, *args: Any, sandbox: str | None, **options: Any) -> None:
        create_users()
        if sandbox and not other_origin(sandbox):
            now = timezone.now()
            connect_sandbox(sandbox, now=now)
            ports = Controls(f"{sandbox}/mail/control").read("health")
            connect_salesforce(sandbox, now=now)
            give_mail(smtp_port=ports["smtp_port"], imap_port=ports["imap_port"], now=now)
            add_content(owner=get_user_model().objects.get(email=ADMIN_EMAIL), now=now)


def create_users() -> None:
    users = get_user_model().objects
    passwords = load_secrets(SECRETS).passwords
    for user in DEMO_USERS:
        if not users.filter(email=user.email).exists():
            users.create_user(
                user.email,
                passwords[user.email],
                first_name=user.first_name,
                last_name=user.last_name,
                role=user.role,
                salesforce_user_id=user.salesforce_user_id,
            )


def connect_sandbox(url: str, *, now: datetime) -> None:
    """Connect and start the sync, once; later only follow the sandbox to another port."""
    connection = get_connection()
    if connection and connection.base_url == url:
        return
    connect_marketo(
        base_url=url,
        client_id=SANDBOX_CLIENT_ID,
        client_secret=SANDBOX_CLIENT_SECRET,
        smart_list_id=SANDBOX_SMART_LIST_ID,
        now=now,
    )
    if connection is None:
        admin = get_user_model().objects.get(email=ADMIN_EMAIL)
        start_initial_sync(requested_by=admin, now=now)
