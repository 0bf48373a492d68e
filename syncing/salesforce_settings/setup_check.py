"""What the connected org has of what logging needs, by describe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from syncing.errors import Permanent
from syncing.salesforce import CustomField, FieldInfo, ObjectInfo, SalesforceClient
from syncing.salesforce_connections.calling import client_for
from syncing.salesforce_settings.fields import ALL_FIELDS, ENGAGEMENT, EVENT_AT, KEY

OPT_OUT = "HasOptedOutOfEmail"
MARKER = "CallObject"
STANDARD = ("Subject", "Description", "Status", "Priority", "ActivityDate", "WhoId", "OwnerId")
PICKLISTS = {
    "Type": ("Email", "Call", "Reply"),
    "Status": ("Not Started", "Completed"),
    "Priority": ("Normal", "High"),
}


class Light(StrEnum):
    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at: how it is, what a lack means, and how to mend it."""

    name: str
    light: Light
    meaning: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """By page; `missing` are the custom fields that can be deployed."""

    pages: tuple[tuple[str, tuple[Item, ...]], ...]
    missing: tuple[CustomField, ...]

    @property
    def light(self) -> Light:
        """The worst of all."""
        found = {item.light for _title, items in self.pages for item in items}
        return next((light for light in (Light.RED, Light.AMBER) if light in found), Light.GREEN)


def check_setup(*, now: datetime) -> SetupCheck:
    """Describe the org over the main connection; raises SyncError when there is no way in."""
    with client_for(user=None, now=now) as client:
        limit = client.limits()
        task, lead, contact = (_described(client, name) for name in ("Task", "Lead", "Contact"))
    most = f"{limit.most:,}"
    access = Item(_("API access"), Light.GREEN, _("%s calls in 24 hours") % most)
    missing = tuple(field for field in ALL_FIELDS if task and field.name not in task.fields)
    return SetupCheck(
        pages=(
            (_("Access"), (access, *_objects(task, lead, contact))),
            (_("Task fields"), tuple(_standard_fields(task))),
            (_("Custom fields"), tuple(_custom_fields(task))),
            (_("Picklist values"), tuple(_picklists(task))),
            (_("Email Opt Out"), (_opt_out("Lead", lead), _opt_out("Contact", contact))),
        ),
        missing=missing,
    )


def deploy_fields(*, names: Iterable[str], now: datetime) -> tuple[str, ...]:
    """Make those of our fields that the org lacks; their names.

    Raises SyncError at the first that Salesforce refuses; those before it stay.
    """
    wanted = set(names)
    made = []
    with client_for(user=None, now=now) as client:
        there = client.describe("Task").fields
        for field in ALL_FIELDS:
            if field.name in wanted and field.name not in there:
                client.create_field(field)
                made.append(field.name)
    return tuple(made)


def _described(client: SalesforceClient, name: str) -> ObjectInfo | None:
    try:
        return client.describe(name)
    except Permanent:
        return None


def _objects(task: ObjectInfo | None, *people: ObjectInfo | None) -> Iterator[Item]:
    remedy = _("Give the connected user the permission in a permission set of Salesforce.")
    if task and task.is_createable and task.is_updateable:
        yield Item(_("Tasks may be created and edited"), Light.GREEN)
    else:
        meaning = _("Nothing can be logged.")
        yield Item(_("Tasks may be created and edited"), Light.RED, meaning, remedy)
    for name, described in zip(("Lead", "Contact"), people, strict=True):
        label = _("%s records may be seen") % name
        meaning = _("Nobody is found among them.")
        light = Light.GREEN if described else Light.RED
        yield Item(label, light, *(() if described else (meaning, remedy)))


def _standard_fields(task: ObjectInfo | None) -> Iterator[Item]:
    for name in STANDARD:
        field = _field(task, name)
        if field and field.is_createable:
            yield Item(name, Light.GREEN)
        else:
            yield Item(name, Light.RED, _("Tasks cannot be logged in full."), _field_security())


def _custom_fields(task: ObjectInfo | None) -> Iterator[Item]:
    yield _key_field(task)
    meaning = _("Tasks tell the day, not the time, at which it happened.")
    yield _optional_field(task, EVENT_AT, meaning)
    for field in ENGAGEMENT:
        yield _optional_field(task, field, _("Tasks are logged without it."))


def _key_field(task: ObjectInfo | None) -> Item:
    found = _field(task, KEY.name)
    if found and found.is_external_id and found.is_unique and found.is_createable:
        return Item(KEY.name, Light.GREEN, _("No task can be logged twice."))
    marker = _field(task, MARKER)
    if marker and marker.is_createable:
        meaning = _(
            "Without it Call Object Identifier marks our tasks. It is not unique: where an answer"
            " was lost, logging waits ten minutes to see whether the task arrived."
        )
    else:
        meaning = _(
            "Without it, and without Call Object Identifier, our tasks are told by person, day and"
            " a mark in the subject: where an answer was lost, logging waits ten minutes."
        )
    remedy = _deploy() if found is None else _("It must be an External ID, unique and editable.")
    return Item(KEY.name, Light.AMBER, meaning, remedy)


def _optional_field(task: ObjectInfo | None, field: CustomField, meaning: str) -> Item:
    found = _field(task, field.name)
    if found and found.is_createable and found.is_updateable:
        return Item(field.name, Light.GREEN, field.label)
    remedy = _field_security() if found else _deploy()
    return Item(field.name, Light.AMBER, meaning, remedy)


def _picklists(task: ObjectInfo | None) -> Iterator[Item]:
    for name, values in PICKLISTS.items():
        field = _field(task, name)
        for value in values:
            label = f"{name}: {value}"
            if field and value in field.values:
                yield Item(label, Light.GREEN)
            else:
                meaning = _("Tasks are logged with the org's default instead.")
                remedy = _("Add the value, spelled just so, to the picklist of Task in Setup.")
                yield Item(label, Light.AMBER, meaning, remedy)


def _opt_out(name: str, described: ObjectInfo | None) -> Item:
    field = _field(described, OPT_OUT)
    if field and field.is_updateable:
        return Item(name, Light.GREEN)
    if field:
        meaning = _("Unsubscribes come from Salesforce, but cannot be written there.")
    else:
        meaning = _("Unsubscribes are neither seen in Salesforce nor written there.")
    return Item(name, Light.RED, meaning, _field_security())


def _field(described: ObjectInfo | None, name: str) -> FieldInfo | None:
    return described.fields.get(name) if described else None


def _field_security() -> str:
    return _("Make the field visible and editable for the connected user (field-level security).")


def _deploy() -> str:
    return _("Deploy it below, or make it by hand on Activity; then make it visible to users.")
