"""The calls of logging: making tasks, and finding again those whose answer was lost."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from syncing.errors import Permanent
from syncing.salesforce import (
    COLLECTION_MAX,
    Record,
    RowError,
    RowResult,
    SalesforceClient,
    format_soql,
)
from syncing.salesforce_settings.fields import KEY
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.shape import KEY_FIELDS, Level, TaskShape
from syncing.task_logging.values import mark_in_subject


def in_calls(
    tasks: Sequence[LoggedTask], send: Callable[[Sequence[LoggedTask]], list[RowResult]]
) -> Iterator[tuple[Sequence[LoggedTask], list[RowResult]]]:
    """Send at most 200 in a call, and yield those of each with what became of them.

    Of a call that is refused as a whole, halves find what it is about. Raises SyncError when all
    that went before is yielded.
    """
    parts = deque(
        tasks[begin : begin + COLLECTION_MAX] for begin in range(0, len(tasks), COLLECTION_MAX)
    )
    while parts:
        part = parts.popleft()
        try:
            results = send(part)
        except Permanent as error:
            if len(part) > 1:
                middle = len(part) // 2
                parts.extendleft((part[middle:], part[:middle]))
                continue
            results = [RowResult("", False, (RowError(error.code, error.message, ()),))]
        yield part, results


def make_tasks(
    client: SalesforceClient, shape: TaskShape, records: Sequence[Record]
) -> list[RowResult]:
    """One call; with our key what is there already is not made again. Raises SyncError."""
    if shape.level is Level.KEY:
        return client.upsert("Task", KEY.name, records)
    return client.create("Task", records)


class Found:
    """Tasks that stand in Salesforce, by our keys; `deleted` are those in its recycle bin."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.deleted: set[str] = set()

    def add(self, key: str, row: Record) -> None:
        # One that is there counts, also beside one that was deleted.
        if key not in self.ids or not row["IsDeleted"]:
            self.ids[key] = row["Id"]
            (self.deleted.add if row["IsDeleted"] else self.deleted.discard)(key)


def find_tasks(client: SalesforceClient, tasks: Iterable[LoggedTask]) -> Found:
    """Each by what it was sent with. Raises SyncError."""
    found = Found()
    by_level: dict[str, list[LoggedTask]] = defaultdict(list)
    for task in tasks:
        by_level[task.level].append(task)
    for level, theirs in by_level.items():
        for begin in range(0, len(theirs), COLLECTION_MAX):
            part = theirs[begin : begin + COLLECTION_MAX]
            if field := KEY_FIELDS.get(level):
                _find_by_field(client, field, part, found)
            else:
                _find_by_subject(client, part, found)
    return found


def _find_by_field(
    client: SalesforceClient, field: str, tasks: Iterable[LoggedTask], found: Found
) -> None:
    soql = f"SELECT Id, IsDeleted, {field} FROM Task WHERE {field} IN {{}}"  # noqa: S608
    for row in client.query_all(format_soql(soql, [str(task.key) for task in tasks])):
        found.add(str(row[field]).lower(), row)


def _find_by_subject(client: SalesforceClient, tasks: Sequence[LoggedTask], found: Found) -> None:
    """A subject is no index: only what is on these people's records is looked through."""
    marks = {mark_in_subject(task): str(task.key) for task in tasks}
    soql = format_soql(
        "SELECT Id, IsDeleted, Subject FROM Task WHERE WhoId IN {}",
        sorted({task.record_id for task in tasks}),
    )
    for row in client.query_all(soql):
        mark = str(row["Subject"] or "").rpartition(" ")[2]
        if mark in marks:
            found.add(marks[mark], row)
