"""Which fields of leads and contacts tell that somebody wants no emails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _

from syncing.errors import Permanent
from syncing.salesforce import SalesforceClient
from syncing.salesforce_settings.setup_check import OPT_OUT

OBJECTS = ("Lead", "Contact")
REMEMBERED_SECONDS = 60 * 60
_KEY = "unsubscribe-sync-fields"


@dataclass(frozen=True, slots=True)
class ObjectFields:
    """The chosen fields that the main connection sees on an object, and those it may edit."""

    object_name: str
    seen: tuple[str, ...]
    editable: tuple[str, ...]
    chosen: tuple[str, ...]

    @property
    def lacks(self) -> list[str]:
        """What keeps this object from being synced, in words."""
        found = []
        for name in self.chosen:
            field = {"object": self.object_name, "field": label_of(name)}
            if name not in self.seen:
                found.append(
                    _(
                        "%(object)s: %(field)s is not visible to the connected user: there is"
                        " no such field, or field-level security hides it."
                    )
                    % field
                )
            elif name not in self.editable:
                found.append(
                    _(
                        "%(object)s: %(field)s is not editable for the connected user"
                        " (field-level security)."
                    )
                    % field
                )
        return found

    @property
    def is_readable(self) -> bool:
        return OPT_OUT in self.seen


def label_of(name: str) -> str:
    return _("Email Opt Out") if name == OPT_OUT else name


def chosen_fields(sales_field: str) -> tuple[str, ...]:
    return (OPT_OUT, sales_field) if sales_field else (OPT_OUT,)


def fields_of(client: SalesforceClient, *, sales_field: str) -> Mapping[str, ObjectFields]:
    """By object; described once an hour."""
    chosen = chosen_fields(sales_field)
    key = f"{_KEY}:{sales_field}"
    known: dict[str, ObjectFields] | None = cache.get(key)
    if known is None:
        known = {name: _described(client, name, chosen) for name in OBJECTS}
        cache.set(key, known, REMEMBERED_SECONDS)
    return known


def forget_fields(*, sales_field: str) -> None:
    """They are not what they were: look again."""
    cache.delete(f"{_KEY}:{sales_field}")


def _described(client: SalesforceClient, name: str, chosen: tuple[str, ...]) -> ObjectFields:
    try:
        there = client.describe(name).fields
    except Permanent:
        there = {}
    seen = tuple(field for field in chosen if field in there)
    editable = tuple(field for field in seen if there[field].is_updateable)
    return ObjectFields(name, seen, editable, chosen)
