"""Making the tasks of claimed deliveries over one connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from activities.models import Activity
from syncing.delivery.claims import Claim, Outcome, store
from syncing.delivery.models import Delivery
from syncing.errors import SyncError, Transient
from syncing.people_sync.work import Slice
from syncing.salesforce import RowError, RowResult, SalesforceClient
from syncing.salesforce_connections.models import SalesforceConnection
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.task_logging.batches import Batch
from syncing.task_logging.claims import BEGIN_WITHIN, LEASE
from syncing.task_logging.marks import MARKS
from syncing.task_logging.mending import mend
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.outcomes import (
    LATEST_COMMIT,
    LONGEST_BACKOFF,
    NO_FIELD,
    Trouble,
    id_that_has_the_key,
    make_outcome,
    outcome_of,
    trouble_of_call,
    without_target,
)
from syncing.task_logging.relations import relations_of
from syncing.task_logging.sending import find_tasks, in_calls, make_tasks
from syncing.task_logging.shape import Level, TaskShape, forget_shape_after, shape_of
from syncing.task_logging.stories import Stories
from syncing.task_logging.targets import choose_targets
from syncing.task_logging.values import values_of

log = structlog.get_logger(__name__)

Kind = Activity.Kind
State = Delivery.State


class Writer:
    """Whoever writes over one connection, one at a time."""

    def __init__(
        self,
        client: SalesforceClient,
        connection: SalesforceConnection,
        settings: SalesforceSettings,
        clock: Slice,
        written: set[str],
    ) -> None:
        """`written` gets the records that have a new task."""
        self._client = client
        self._connection = connection
        self._settings = settings
        self._slice = clock
        self._written = written

    @property
    def shape(self) -> TaskShape:
        return shape_of(self._client, self._connection)

    @property
    def now(self) -> datetime:
        return self._slice.now

    # Looking up what may have arrived

    def look_up(self, claim: Claim) -> None:
        """Raises SyncError after storing that nobody knows yet."""
        batch = Batch(claim.deliveries)
        sent = [task for task in batch.unknown() if task.sent_at]
        try:
            troubles = self._not_known_yet(sent)
            found = find_tasks(self._client, [one for one in sent if one.pk not in troubles])
        except SyncError as error:
            forget_shape_after(self._connection, [RowError(error.code, error.message, ())])
            self._settle_alike(claim, batch, error, State.UNCERTAIN)
            raise
        for task in sent:
            if key := found.ids.get(str(task.key)):
                task.task_id, task.logged_at = key, self.now
            if str(task.key) in found.deleted:
                task.deleted_at = self.now
        for task in batch.unknown():
            troubles.setdefault(task.pk, Trouble(State.PENDING, self.now, "", ""))
        # Whoever had claimed these went before anything was sent, or was to change a task only.
        untouched = [
            make_outcome(one, State.PENDING, due_at=self.now)
            for one in batch.deliveries
            if not batch.tasks[one.pk]
        ]
        self._settle(claim, batch, troubles, untouched)

    def _not_known_yet(self, tasks: Iterable[LoggedTask]) -> dict[int, Trouble]:
        """Those of them, by their pk, that may arrive after a look, or can't be looked for.

        Only those with our key may be sent again before they can't arrive any more, with it.
        """
        shape = self.shape
        has_keys = shape.level == Level.KEY
        troubles = {}
        for task in tasks:
            if not shape.shows(task.level):
                at, reason = self.now + LONGEST_BACKOFF, _("Salesforce hides the field of its key.")
                troubles[task.pk] = Trouble(State.UNCERTAIN, at, NO_FIELD, reason)
            elif not (has_keys and task.level == Level.KEY) and task.sent_at:
                at = task.sent_at + LATEST_COMMIT
                if at > self.now:
                    troubles[task.pk] = Trouble(State.UNCERTAIN, at, "", "")
        return troubles

    # Making tasks

    def log_activities(self, claim: Claim, deliveries: Sequence[Delivery]) -> None:
        """Raises SyncError, after storing it, when Salesforce can't be used just now."""
        batch = Batch(deliveries)
        try:
            outcomes = self._aim(batch)
        except SyncError as error:
            self._settle_alike(claim, batch, error, State.PENDING)
            raise
        troubles, failure = self._send(claim, batch)
        self._settle(claim, batch, troubles, outcomes)
        if failure:
            raise failure

    def _aim(self, batch: Batch) -> list[Outcome]:
        """Give each delivery its tasks to be; what becomes of those that go nowhere."""
        new = [one for one in batch.deliveries if not batch.tasks[one.pk]]
        chosen = choose_targets(self._client, new, self._settings)
        aimed = {one: chosen[one.pk].targets for one in new}
        whats = relations_of(self._client, aimed.values(), self._settings)
        tasks = [
            LoggedTask(
                delivery=one,
                record_id=target.record_id,
                what_id=whats.get(target.record_id, ""),
            )
            for one, targets in aimed.items()
            for target in targets
        ]
        LoggedTask.objects.bulk_create(tasks)
        batch.add(tasks)
        return [
            without_target(one, chosen[one.pk], now=self.now)
            for one in new
            if not chosen[one.pk].targets
        ]

    def _send(self, claim: Claim, batch: Batch) -> tuple[dict[int, Trouble], SyncError | None]:
        """Why tasks were not made, by their pk, and what keeps the connection from being used."""
        tasks = sorted(batch.unknown(), key=lambda task: (task.record_id, task.pk))
        stories = Stories.of([one.activity for one in batch.deliveries])
        failure: SyncError | None = None
        refused: list[tuple[LoggedTask, RowError]] = []
        try:
            for part, results in in_calls(tasks, lambda part: self._make(claim, part, stories)):
                refused += self._take(part, results)
        except SyncError as error:
            failure = error
        answered = {task.pk for task, _error in refused}
        unanswered = [one for one in tasks if not one.task_id and one.pk not in answered]
        troubles = self._alike(unanswered, failure) if failure else {}
        try:
            troubles |= mend(self._client, self._connection, batch, refused, now=self.now)
        except SyncError as error:
            failure = error
            again = Transient(error.message, code=error.code)
            troubles |= self._alike([task for task, _error in refused], again)
        return troubles, failure

    def _require_time(self, claim: Claim) -> None:
        """What is sent after the lease could be sent by two."""
        if self.now > claim.lease_until - LEASE + BEGIN_WITHIN:
            raise Transient(_("Salesforce is slow."))

    def _make(self, claim: Claim, tasks: Sequence[LoggedTask], stories: Stories) -> list[RowResult]:
        self._require_time(claim)
        shape, template = self.shape, self._settings.subject_template
        records = [values_of(one, shape, stories, subject_template=template) for one in tasks]
        pks = [task.pk for task in tasks]
        LoggedTask.objects.filter(pk__in=pks).update(sent_at=self.now, level=shape.level)
        return make_tasks(self._client, shape, records)

    def _take(
        self, tasks: Sequence[LoggedTask], results: Sequence[RowResult]
    ) -> list[tuple[LoggedTask, RowError]]:
        """Note the ids of those that were made; the others with the reason."""
        refused = []
        for task, result in zip(tasks, results, strict=True):
            task_id = result.record_id if result.is_ok else id_that_has_the_key(result.errors[0])
            if task_id:
                task.task_id, task.logged_at = task_id, self.now
                self._written.add(task.record_id)
            else:
                refused.append((task, result.errors[0]))
        return refused

    def _alike(self, tasks: Iterable[LoggedTask], error: SyncError) -> dict[int, Trouble]:
        return {task.pk: trouble_of_call(task.delivery, error, now=self.now) for task in tasks}

    # Storing

    def _settle_alike(
        self, claim: Claim, batch: Batch, error: SyncError, state: Delivery.State
    ) -> None:
        """Nothing was sent."""
        outcomes = []
        for one in batch.deliveries:
            trouble = trouble_of_call(one, error, now=self.now)
            outcomes.append(
                make_outcome(
                    one, state, due_at=trouble.due_at, code=error.code, reason=error.message
                )
            )
        store(claim, outcomes, now=self.now)

    def _settle(
        self,
        claim: Claim,
        batch: Batch,
        troubles: dict[int, Trouble],
        outcomes: Iterable[Outcome] = (),
    ) -> None:
        settled = list(outcomes)
        for one in batch.deliveries:
            if tasks := batch.tasks[one.pk]:
                theirs = [troubles[task.pk] for task in tasks if task.pk in troubles]
                ids = [task.task_id for task in tasks]
                settled.append(outcome_of(one, ids, theirs, now=self.now))
        with transaction.atomic():
            batch.store_tasks()
            self._note_behind(batch)
            stored = store(claim, settled, now=self.now)
        log.info("tasks_settled", claimed=len(claim.deliveries), settled=stored)

    def _note_behind(self, batch: Batch) -> None:
        """Emails that something became of, as far as their tasks are there."""
        emails = {
            one.activity.about_id
            for one in batch.deliveries
            if one.activity.about_type == Activity.About.EMAIL
        }
        if not emails or self._settings.engagement == SalesforceSettings.Engagement.OFF:
            return
        about = {"about_type": Activity.About.EMAIL, "about_id__in": emails}
        became = Activity.objects.filter(kind__in=MARKS, **about).values("about_id")
        LoggedTask.objects.filter(
            delivery__activity__kind=Kind.EMAIL_SENT,
            delivery__activity__about_type=Activity.About.EMAIL,
            delivery__activity__about_id__in=became,
            deleted_at=None,
        ).exclude(task_id="").update(is_behind=True)
