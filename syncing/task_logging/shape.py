"""What the org takes of a task, as the connected user sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.cache import cache

from syncing.errors import Permanent, Transient
from syncing.salesforce import FieldInfo, RowError, SalesforceClient, Verdict
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_settings.fields import KEY
from syncing.salesforce_settings.setup_check import MARKER
from syncing.task_logging.models import LoggedTask

Level = LoggedTask.Level

KEPT_FOR = timedelta(hours=1)
COMPLETED = "Completed"
CUT_MARK = "…"
KEY_FIELDS: Mapping[str, str] = {Level.KEY: KEY.name, Level.MARKER: MARKER}
_TEXTS = {"string", "combobox", "textarea"}


@dataclass(frozen=True, slots=True)
class TaskShape:
    """The fields of Task by name, and the statuses that say that it is done."""

    fields: Mapping[str, FieldInfo]
    closed_statuses: tuple[str, ...]

    @property
    def level(self) -> Level:
        key = self.fields.get(KEY.name)
        if key and key.is_external_id and key.is_unique and key.is_createable:
            return Level.KEY
        marker = self.fields.get(MARKER)
        return Level.MARKER if marker and marker.is_createable else Level.SUBJECT

    def shows(self, level: str) -> bool:
        """Whether tasks can be found by it that were sent so, then or now."""
        return level not in KEY_FIELDS or KEY_FIELDS[level] in self.fields

    def fitted(self, values: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
        """Those that the org has a field for, cut to its length."""
        fitting = {name: self._fitting(name, value, is_new) for name, value in values.items()}
        return {name: value for name, value in fitting.items() if value not in (None, "")}

    def _fitting(self, name: str, value: Any, is_new: bool) -> Any:  # noqa: FBT001
        field = self.fields.get(name)
        if field is None or not (field.is_createable if is_new else field.is_updateable):
            return None
        if field.data_type == "picklist":
            return value if value in field.values else None
        if not isinstance(value, str) or not field.length or len(value) <= field.length:
            return value
        # Half an address leads nowhere.
        return cut(value, field.length) if field.data_type in _TEXTS else None


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT_MARK)] + CUT_MARK


def shape_of(client: SalesforceClient, connection: SalesforceConnection) -> TaskShape:
    """Asked once an hour, and anew after an error that contradicts it. Raises SyncError."""
    shape: TaskShape | None = cache.get(_key(connection))
    if shape is None:
        shape = TaskShape(_fields(client), _closed_statuses(client))
        cache.set(_key(connection), shape, KEPT_FOR.total_seconds())
    return shape


def _fields(client: SalesforceClient) -> Mapping[str, FieldInfo]:
    try:
        return client.describe("Task").fields
    except Permanent as error:
        # It is no fault of the activities: all of them wait.
        raise Transient(error.message, code=error.code) from None


def _closed_statuses(client: SalesforceClient) -> tuple[str, ...]:
    try:
        rows = list(client.query("SELECT ApiName FROM TaskStatus WHERE IsClosed = true"))
    except Permanent:
        return (COMPLETED,)
    return tuple(str(row["ApiName"]) for row in rows)


def forget_shape_after(connection: SalesforceConnection, errors: Iterable[RowError]) -> None:
    """If it is not what one of the errors says that Salesforce has."""
    if any(error.rule.verdict is Verdict.SCHEMA for error in errors):
        cache.delete(_key(connection))


def _key(connection: SalesforceConnection) -> str:
    return f"task-shape-{connection.pk}-{connection.connected_at.timestamp()}"
