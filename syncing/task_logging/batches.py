"""Deliveries that are logged together, with their tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from syncing.delivery.models import Delivery
from syncing.task_logging.models import LoggedTask

_STORE_MADE = """
UPDATE task_logging_loggedtask SET
    task_id = new.task_id, logged_at = new.logged_at, deleted_at = new.deleted_at
FROM unnest(
    %(id)s::bigint[], %(task_id)s::text[], %(logged_at)s::timestamptz[],
    %(deleted_at)s::timestamptz[]
) AS new (id, task_id, logged_at, deleted_at)
WHERE task_logging_loggedtask.id = new.id
"""


class Batch:
    """Deliveries with their tasks, those to be among them."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries = deliveries
        # Those that are to be sent otherwise than before.
        self.changed: set[LoggedTask] = set()
        self.tasks: dict[int, list[LoggedTask]] = defaultdict(list)
        self.add(LoggedTask.objects.filter(delivery__in=deliveries).order_by("pk"))

    def add(self, tasks: Iterable[LoggedTask]) -> None:
        by_pk = {one.pk: one for one in self.deliveries}
        for task in tasks:
            task.delivery = by_pk[task.delivery_id]
            self.tasks[task.delivery_id].append(task)

    def unknown(self) -> list[LoggedTask]:
        """Those that Salesforce is not known to have."""
        return [task for tasks in self.tasks.values() for task in tasks if not task.task_id]

    def has_task_on(self, record_id: str, delivery_id: int) -> bool:
        """Two records that became one need one task."""
        return any(task.record_id == record_id for task in self.tasks[delivery_id])

    def store_tasks(self) -> None:
        """Those without a record left are forgotten: others are chosen in their place."""
        tasks = [task for tasks in self.tasks.values() for task in tasks]
        self._store_made([task for task in tasks if task.task_id])
        for task in tasks:
            if not task.record_id:
                task.delete()
            elif task in self.changed:
                task.save(update_fields=["record_id", "left_out"])

    def _store_made(self, tasks: Sequence[LoggedTask]) -> None:
        columns = ("id", "task_id", "logged_at", "deleted_at")
        values = {name: [getattr(task, name) for task in tasks] for name in columns}
        with connection.cursor() as cursor:
            cursor.execute(_STORE_MADE, values)
