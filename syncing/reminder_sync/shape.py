"""What tasks look like in the connected org: its statuses and priorities, and what we may set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.cache import cache

from activities.reminders.models import Reminder
from syncing.salesforce import ObjectInfo, Record, SalesforceClient
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.setup_check import MARKER

Priority = Reminder.Priority

_CACHE_SECONDS = 3600

OPTIONAL = ("Subject", "Description", "ActivityDate", "Priority", "IsHighPriority", "WhoId")
ALARM = ("IsReminderSet", "ReminderDateTime")
ALWAYS = (
    "Id",
    "IsClosed",
    "IsDeleted",
    "OwnerId",
    "LastModifiedDate",
    "SystemModstamp",
    "IsRecurrence",
    "TaskSubtype",
)


@dataclass(frozen=True, slots=True)
class TaskShape:
    open_status: str
    done_status: str
    priorities: Mapping[str, str]
    # The field that our key is written to, if there is one, and whether it makes tasks unique.
    mark: str
    is_unique: bool
    # Those that it may stand in: who may less writes it to another.
    marks: tuple[str, ...]
    readable: tuple[str, ...]
    createable: tuple[str, ...]
    updateable: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """What is asked of a task."""
        return (*ALWAYS, *self.readable, *self.marks)

    def key_of(self, task: Record) -> UUID | None:
        """Our key in a task, if it is one of ours."""
        for name in self.marks:
            with suppress(ValueError):
                return UUID(task.get(name) or "")
        return None

    def select(self, condition: str) -> str:
        """The query for tasks like this; its `{names}` are for `format_soql` to fill in."""
        return f"SELECT {','.join(self.fields)} FROM Task WHERE {condition}"  # noqa: S608 - names


def shape_of(client: SalesforceClient, connection: SalesforceConnection) -> TaskShape:
    """From the last hour, or asked anew: what the org has, and what the connected user may set."""
    choices = _kept(_org_key(connection), _choices, client)
    return TaskShape(**choices, **_kept(_user_key(connection), _rights, client))


def forget_shape(connection: SalesforceConnection) -> None:
    cache.delete_many([_org_key(connection), _user_key(connection)])


def _kept(
    key: str, look: Callable[[SalesforceClient], dict[str, Any]], client: SalesforceClient
) -> dict[str, Any]:
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = look(client)
        cache.set(key, found, _CACHE_SECONDS)
    return found


def _org_key(connection: SalesforceConnection) -> str:
    return f"reminder-task-choices-{connection.instance_url}"


def _user_key(connection: SalesforceConnection) -> str:
    return f"reminder-task-rights-{connection.pk}-{connection.connected_at.timestamp()}"


def _choices(client: SalesforceClient) -> dict[str, Any]:
    """The statuses and priorities to write."""
    statuses = list(client.query("SELECT ApiName, IsClosed, IsDefault FROM TaskStatus"))
    priorities = list(client.query("SELECT ApiName, IsHighPriority FROM TaskPriority"))
    low = [it for it in priorities if not it["IsHighPriority"]]
    high = [it for it in priorities if it["IsHighPriority"]]
    return {
        "open_status": _choose([it for it in statuses if not it["IsClosed"]], "Not Started"),
        "done_status": _choose([it for it in statuses if it["IsClosed"]], "Completed"),
        "priorities": {
            Priority.HIGH: _choose(high, "High"),
            Priority.NORMAL: _choose(low, "Normal"),
            Priority.LOW: _choose(low, "Low"),
        },
    }


def _rights(client: SalesforceClient) -> dict[str, Any]:
    """The fields that the connected user may see and set."""
    task = client.describe("Task")
    mark, is_unique = _mark(task)
    settable = (*OPTIONAL, *ALARM, "Status", "OwnerId")
    return {
        "mark": mark,
        "is_unique": is_unique,
        "marks": tuple(name for name in (KEY.name, MARKER) if name in task.fields),
        "readable": tuple(name for name in OPTIONAL if name in task.fields),
        "createable": tuple(name for name in settable if _is(task, name, "is_createable")),
        "updateable": tuple(name for name in settable if _is(task, name, "is_updateable")),
    }


def _choose(choices: list[Any], usual: str) -> str:
    """The usual one if it is among them, else the default, else any."""
    names = {str(choice["ApiName"]): bool(choice.get("IsDefault")) for choice in choices}
    if usual in names or not names:
        return usual
    return next((name for name, is_default in names.items() if is_default), min(names))


def _mark(task: ObjectInfo) -> tuple[str, bool]:
    key = task.fields.get(KEY.name)
    if key and key.is_external_id and key.is_unique and key.is_createable:
        return KEY.name, True
    return (MARKER, False) if _is(task, MARKER, "is_createable") else ("", False)


def _is(task: ObjectInfo, name: str, what: str) -> bool:
    return name in task.fields and bool(getattr(task.fields[name], what))
