"""Deliveries that are logged together, with their tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from syncing.delivery.models import Delivery
from syncing.task_logging.models import LoggedTask


class Batch:
    """Deliveries with their tasks, those to be among them."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        self.deliveries = deliveries
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
        lost = [task.pk for task in tasks if not task.record_id]
        LoggedTask.objects.filter(pk__in=lost).delete()
        columns = ["record_id", "left_out", "task_id", "logged_at", "deleted_at"]
        LoggedTask.objects.bulk_update([task for task in tasks if task.record_id], columns)
