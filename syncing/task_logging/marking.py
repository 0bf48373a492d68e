"""Settling deliveries that only change the task of an email: opens, clicks, bounces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import structlog
from django.utils.translation import gettext as _

from syncing.delivery.claims import Claim, Outcome, store
from syncing.delivery.models import Delivery
from syncing.errors import SyncError
from syncing.people_sync.work import Slice
from syncing.salesforce import RowError, SalesforceClient
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.task_logging.claims import MOST_MARKS
from syncing.task_logging.marks import MARKS, email_deliveries, lacking_marks, write_marks
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.outcomes import (
    EMAIL_NOT_LOGGED,
    LATEST_COMMIT,
    LONGEST_BACKOFF,
    NO_FIELD,
    TASK_DELETED,
    WAITS_FOR_EMAIL,
    Trouble,
    make_outcome,
    trouble_of_call,
    trouble_of_row,
)
from syncing.task_logging.shape import forget_shape_after, shape_of

log = structlog.get_logger(__name__)

State = Delivery.State

LOOK_AGAIN = timedelta(minutes=1)


class Marker:
    """Brings the tasks of emails up to what became of the emails, over one connection."""

    def __init__(
        self, client: SalesforceClient, connection: SalesforceConnection, clock: Slice
    ) -> None:
        self._client = client
        self._connection = connection
        self._slice = clock

    @property
    def now(self) -> datetime:
        return self._slice.now

    def mark(self, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """Raises SyncError, after storing it, when Salesforce can't be used just now."""
        emails = email_deliveries({one.activity.about_id for one in deliveries})
        ready = {
            about_id: [task for task in email.tasks.all() if task.task_id and not task.deleted_at]
            for about_id, email in emails.items()
            if email.state == State.DELIVERED and not _may_arrive_late(email, self.now)
        }
        tasks = [(about_id, task) for about_id, several in ready.items() for task in several]
        failure: SyncError | None = None
        refused: dict[int, RowError] = {}
        try:
            refused = self._write(tasks)
        except SyncError as error:
            failure = error
        outcomes = [
            self._outcome(one, emails.get(one.activity.about_id), ready, refused, failure)
            for one in deliveries
        ]
        store(claim, outcomes, now=self.now)
        if failure:
            raise failure

    def catch_up(self, actors: Collection[int]) -> None:
        """Tasks that were made, or answered, after something had become of their email."""
        behind = LoggedTask.objects.filter(
            is_behind=True, deleted_at=None, delivery__activity__actor__in=actors
        )
        tasks = [
            (task.delivery.activity.about_id, task)
            for task in behind.select_related("delivery__activity").order_by("pk")[:MOST_MARKS]
            if not _may_arrive_late(task.delivery, self.now)
        ]
        # What is refused once is tried again with whatever happens next.
        refused = self._write(tasks)
        if refused:
            error = next(iter(refused.values()))
            log.warning("marks_refused", code=error.code, reason=error.message)
        LoggedTask.objects.filter(pk__in=refused).update(is_behind=False)

    def _write(self, tasks: Sequence[tuple[int, LoggedTask]]) -> dict[int, RowError]:
        """Whichever are refused, by pk; `tasks` come with their emails. Raises SyncError."""
        lacking = lacking_marks(tasks, shape_of(self._client, self._connection))
        marked = [task for _email, task in tasks]
        refused = write_marks(self._client, marked, lacking, now=self.now)
        forget_shape_after(self._connection, refused.values())
        return refused

    def _outcome(
        self,
        delivery: Delivery,
        email: Delivery | None,
        ready: dict[int, list[LoggedTask]],
        refused: dict[int, RowError],
        failure: SyncError | None,
    ) -> Outcome:
        tasks = ready.get(delivery.activity.about_id)
        if tasks is None:
            return self._without_task(delivery, email)
        if failure:
            return self._troubled(delivery, trouble_of_call(delivery, failure, now=self.now))
        if error := next((refused[task.pk] for task in tasks if task.pk in refused), None):
            return self._troubled(delivery, trouble_of_row(delivery, error, now=self.now))
        return self._marked(delivery, [task for task in tasks if not task.deleted_at])

    def _troubled(self, delivery: Delivery, trouble: Trouble) -> Outcome:
        """To be written once more does no harm, so nothing is looked up first."""
        is_parked = trouble.state == State.PARKED
        return make_outcome(
            delivery,
            State.PARKED if is_parked else State.PENDING,
            due_at=trouble.due_at,
            code=trouble.code,
            reason=trouble.reason,
        )

    def _marked(self, delivery: Delivery, tasks: Sequence[LoggedTask]) -> Outcome:
        if not tasks:
            reason = _("The task of the email was deleted in Salesforce.")
            return self._cancelled(delivery, TASK_DELETED, reason)
        if not self._is_shown(delivery, tasks):
            reason = _("Tasks in Salesforce have no field for it: see the setup check.")
            return self._cancelled(delivery, NO_FIELD, reason)
        task_id = tasks[0].task_id
        return make_outcome(delivery, State.DELIVERED, due_at=self.now, remote_id=task_id)

    def _is_shown(self, delivery: Delivery, tasks: Sequence[LoggedTask]) -> bool:
        wanted = MARKS[delivery.activity.kind]
        return all(task.marks.keys() >= wanted.keys() for task in tasks)

    def _without_task(self, delivery: Delivery, email: Delivery | None) -> Outcome:
        """The email comes first, which may even be recorded a moment later than its open."""
        is_new = delivery.created_at > self.now - LONGEST_BACKOFF
        if email.state == State.CANCELLED if email else not is_new:
            reason = _("The email is not logged in Salesforce.")
            return self._cancelled(delivery, EMAIL_NOT_LOGGED, reason)
        is_parked = email is not None and email.state == State.PARKED
        return make_outcome(
            delivery,
            State.PENDING,
            due_at=self.now + (LONGEST_BACKOFF if is_parked else LOOK_AGAIN),
            code=WAITS_FOR_EMAIL,
            reason=_("It waits for the task of its email."),
        )

    def _cancelled(self, delivery: Delivery, code: str, reason: str) -> Outcome:
        return make_outcome(delivery, State.CANCELLED, due_at=self.now, code=code, reason=reason)


def _may_arrive_late(email: Delivery, now: datetime) -> bool:
    """What was sent without an answer could still overwrite what is written now."""
    return email.uncertain_since is not None and email.uncertain_since + LATEST_COMMIT > now
