"""`manage.py login_policy`: the way back in when Salesforce lets nobody in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from admin_config.errors import Refused
from admin_config.sign_in.policy import Policy, change_policy, current_policy


class Command(BaseCommand):
    help = "Show how users sign in, or change it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("policy", nargs="?", choices=Policy.values, help="change it to this")

    def handle(self, *args: Any, policy: str | None, **options: Any) -> None:
        if policy:
            try:
                change_policy(policy=policy, by=None, now=timezone.now())
            except Refused as refusal:
                raise CommandError(refusal.message) from refusal
        self.stdout.write(current_policy())
