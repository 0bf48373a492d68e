"""`manage.py create_api_token EMAIL`: make a REST API token and print it, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from admin_config import audit
from admin_config.api_tokens import create_api_token
from admin_config.models import User


class Command(BaseCommand):
    help = "Make a REST API token for a user and print it. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the user the token acts for")
        parser.add_argument(
            "--name", default="manage.py", help="what the token is for (default: %(default)s)"
        )

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user with the email address {email}.")
        now = timezone.now()
        try:
            token, secret = create_api_token(user=user, name=name, now=now)
        except ValidationError as error:
            raise CommandError(f"The name cannot be used: {' '.join(error.messages)}") from error
        audit.record(
            actor=user,
            action=audit.Action.API_TOKEN_CREATED,
            target=str(token),
            details={"by": "manage.py create_api_token"},
            now=now,
        )
        self.stdout.write(secret)
