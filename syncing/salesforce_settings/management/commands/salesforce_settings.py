from __future__ import annotations

import json
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Field
from django.utils import timezone
from django.utils.translation import gettext as _

from syncing.salesforce_settings.models import SalesforceSettings
from syncing.salesforce_settings.services import change_settings

TRUTHS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


class Command(BaseCommand):
    help = "Show what is logged to Salesforce, or change it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set", action="append", default=[], metavar="KEY=VALUE", dest="assignments"
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        changes = dict(_assignment(text) for text in options["assignments"])
        if changes:
            try:
                change_settings(changes=changes, by=None, now=timezone.now())
            except ValidationError as error:
                raise CommandError("; ".join(error.messages)) from None
        values = SalesforceSettings.load().values()
        if options["json"]:
            self.stdout.write(json.dumps(values))
            return
        for name, value in values.items():
            self.stdout.write(f"{name}={value}")


def _assignment(text: str) -> tuple[str, Any]:
    name, _equals, value = text.partition("=")
    known = SalesforceSettings().values()
    if name not in known:
        names = ", ".join(known)
        raise CommandError(
            _("There is no setting %(name)s; there are: %(names)s.")
            % {"name": name, "names": names}
        )
    if isinstance(known[name], bool):
        if value.lower() not in TRUTHS:
            raise CommandError(_("%s is either true or false.") % name)
        return name, TRUTHS[value.lower()]
    field = cast("Field[Any, Any]", SalesforceSettings._meta.get_field(name))  # noqa: SLF001
    choices = dict(field.flatchoices)
    if choices and value.upper() not in choices:
        raise CommandError(
            _("%(name)s is one of: %(choices)s.") % {"name": name, "choices": ", ".join(choices)}
        )
    return name, value.upper() if choices else value
