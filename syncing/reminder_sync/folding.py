"""Taking what a task is now into its reminder. Nothing happens the second time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from activities.reminders import services
from activities.reminders.models import Reminder
from people.models import Person
from syncing.reminder_sync import history
from syncing.reminder_sync.context import Context
from syncing.reminder_sync.echo import writing
from syncing.reminder_sync.merge import Merged, Side, Values, merge
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.reminder_sync.values import (
    changes_of_reminder,
    shadow_of,
    values_of_reminder,
    values_of_task,
)
from syncing.salesforce import Record, moment, to_18
from syncing.salesforce_settings.models import SalesforceSettings

Kind = ReminderEvent.Kind
State = ReminderLink.State

# Our own codes beside Salesforce's.
DELETED_THERE = "DELETED_THERE"
OSCILLATION = "OSCILLATION"


def is_to_go(reminder: Reminder, context: Context) -> bool:
    """Whether its task is to be deleted."""
    if reminder.state == Reminder.State.SKIPPED:
        return context.skipped == SalesforceSettings.SkippedReminder.DELETE
    return reminder.state == Reminder.State.DELETED


def locked(link: ReminderLink) -> tuple[ReminderLink, Reminder]:
    """The reminder first, as whoever edits it does."""
    reminders = Reminder.objects.select_related("owner").select_for_update(of=("self",))
    reminder = reminders.get(pk=link.reminder_id)
    return ReminderLink.objects.select_for_update().get(pk=link.pk), reminder


class Folded(NamedTuple):
    """What is to be sent in answer to a task, and the link and reminder that this was said of."""

    link: ReminderLink
    merged: Merged


@transaction.atomic
def fold(
    link: ReminderLink, task: Record, people: Mapping[str, Person], context: Context
) -> Folded | None:
    """Bring the reminder to what the task is now; what is to be sent in answer, if anything is."""
    link, reminder = locked(link)
    with writing(reminder.pk):
        return _Fold(link, reminder, task, context).run(people)


@transaction.atomic
def fold_deletion(link: ReminderLink, deleted_at: datetime, context: Context) -> None:
    """The task is in the recycle bin, or not even there any more. What was done stays done."""
    link, reminder = locked(link)
    if link.state in {*ReminderLink.DELETED_STATES, State.LEFT, State.CONFLICT, State.IGNORED}:
        return
    shadow = shadow_of(link)
    edited_at = _edited_at(link, reminder)
    here = values_of_reminder(reminder, link, skipped=context.skipped)
    if is_to_go(reminder, context):
        end(link, State.DELETED_HERE, context)
    elif shadow and here != shadow and context.is_after(edited_at, deleted_at):
        context.tally["conflicts"] += 1
        history.event(link, Kind.CONFLICT, Side.HERE, now=context.now)
        words = _("The task was deleted in Salesforce, but the reminder was changed after that.")
        stop(link, State.CONFLICT, DELETED_THERE, words)
    else:
        if reminder.state == Reminder.State.OPEN:
            context.tally["deleted_here"] += 1
            with writing(reminder.pk):
                services.delete_reminder(reminder=reminder, now=context.now)
        history.event(link, Kind.DELETED, Side.SALESFORCE, now=context.now)
        end(link, State.DELETED_THERE, context)


def end(link: ReminderLink, state: ReminderLink.State, context: Context) -> None:
    _store(link, state=state, ended_at=context.now, is_dirty=False, **NO_TROUBLE)


def stop(link: ReminderLink, state: ReminderLink.State, code: str, words: str) -> None:
    """Until a person decides."""
    _store(link, state=state, is_dirty=False, is_parked=True, code=code, reason=words)


NO_TROUBLE = {"is_parked": False, "attempts": 0, "code": "", "reason": "", "is_uncertain": False}


def _store(link: ReminderLink, **values: object) -> None:
    for name, value in values.items():
        setattr(link, name, value)
    link.save()


def _edited_at(link: ReminderLink, reminder: Reminder) -> datetime | None:
    """When what is not sent yet was edited; what the sync itself wrote is no edit."""
    return link.edited_at if reminder.updated_at == link.seen_at else reminder.updated_at


class _Fold:
    """One task into one reminder, both locked."""

    def __init__(
        self, link: ReminderLink, reminder: Reminder, task: Record, context: Context
    ) -> None:
        self._link = link
        self._reminder = reminder
        self._task = task
        self._context = context
        self._now = context.now
        self._edited_at = _edited_at(link, reminder)

    def run(self, people: Mapping[str, Person]) -> Folded | None:
        link = self._link
        link.task_id = to_18(self._task["Id"])
        if link.state in ReminderLink.DECIDED_STATES or not self._is_ours():
            return None
        if link.state in ReminderLink.DELETED_STATES:
            self._restore()
        elif link.state == State.WAITING:
            self._adopt()
        link.state, link.ended_at = State.LINKED, None
        self._take_owner()
        self._take_who(people)
        return self._merge()

    def _is_ours(self) -> bool:
        """Whether the task's owner syncs; else it has left, unless that is how it was."""
        link, owner_id = self._link, to_18(self._task["OwnerId"])
        if owner_id in self._context.users:
            return True
        is_with_us = link.state in {State.LINKED, State.WAITING}
        if link.owner_id and link.owner_id != owner_id and is_with_us:
            history.event(link, Kind.LEFT, Side.SALESFORCE, now=self._now)
            words = _("In Salesforce it was given to somebody who does not sync.")
            _store(
                link,
                state=State.LEFT,
                ended_at=None,
                owner_id=owner_id,
                is_dirty=False,
                reason=words,
                code="",
            )
        return False

    def _restore(self) -> None:
        """Somebody took it out of the recycle bin: how it is there is how it is to be."""
        if self._reminder.state == Reminder.State.DELETED:
            self._reminder = services.reopen_reminder(reminder=self._reminder, now=self._now)
        self._link.shadow, self._edited_at = None, None
        self._context.tally["restored_here"] += 1
        history.event(self._link, Kind.RESTORED, Side.SALESFORCE, now=self._now)

    def _adopt(self) -> None:
        """It is the task that was made when the answer was lost."""
        self._link.who_id = to_18(self._task.get("WhoId") or "")
        self._context.tally["created_there"] += 1
        history.event(self._link, Kind.CREATED, Side.HERE, now=self._now)

    def _take_owner(self) -> None:
        owner_id = to_18(self._task["OwnerId"])
        if owner_id == self._link.owner_id:
            return
        owner = self._context.users[owner_id]
        if self._reminder.owner_id != owner.pk:
            self._edit(owner=owner)
            self._context.tally["changed_here"] += 1
        self._link.owner_id = owner_id

    def _take_who(self, people: Mapping[str, Person]) -> None:
        """Follow to whom it is about; somebody unknown is nobody, unless a lead was converted."""
        if "WhoId" not in self._task:
            return
        link, who_id = self._link, to_18(self._task["WhoId"] or "")
        person = people.get(who_id)
        if who_id != link.who_id:
            is_conversion = link.who_id.startswith("00Q") and who_id.startswith("003")
            if person is None and is_conversion:
                person = self._reminder.person
        elif self._reminder.person_id or person is None:
            return
        if self._reminder.person_id != (person.pk if person else None):
            self._edit(person=person)
            self._context.tally["changed_here"] += 1
        link.who_id = who_id

    def _edit(self, **columns: object) -> None:
        owner = self._reminder.owner
        self._reminder = services.edit_reminder(reminder=self._reminder, now=self._now, **columns)
        if "owner" not in columns:
            self._reminder.owner = owner

    def _merge(self) -> Folded | None:
        link, context = self._link, self._context
        shadow = shadow_of(link)
        here = values_of_reminder(self._reminder, link, skipped=context.skipped)
        there = values_of_task(self._task, instead=shadow or here)
        if is_to_go(self._reminder, context):
            self._agree(there, is_dirty=True)
            return None
        modified_at = moment(self._task["LastModifiedDate"])
        is_later = context.is_after(self._edited_at, modified_at)
        merged = merge(shadow, here, there, is_later_here=is_later)
        if self._is_fought_over(merged):
            return None
        self._apply(merged, here)
        is_dirty = bool(merged.there) or self._is_pending()
        self._agree(there, is_dirty=is_dirty)
        link.reminder = self._reminder
        return Folded(link, merged) if is_dirty else None

    def _is_fought_over(self, merged: Merged) -> bool:
        fields = {*merged.here, *merged.there}
        if not fields or self._link.pk not in self._context.contested:
            return False
        if not history.keeps_changing_back(self._link, fields, now=self._now):
            return False
        history.event(self._link, Kind.FROZEN, Side.SALESFORCE, now=self._now)
        words = _("Both sides keep changing it back: look for a flow in Salesforce that does.")
        stop(self._link, State.FROZEN, OSCILLATION, words)
        return True

    def _apply(self, merged: Merged, here: Values) -> None:
        if columns := changes_of_reminder(merged.here, self._reminder):
            self._edit(**columns)
        if "is_done" in merged.here:
            act = services.complete_reminder if merged.here["is_done"] else services.reopen_reminder
            self._reminder = act(reminder=self._reminder, now=self._now)
        if merged.here:
            self._context.tally["changed_here"] += 1
            events = history.changes(self._link, Side.SALESFORCE, here, merged.here, now=self._now)
            ReminderEvent.objects.bulk_create(events)
        if merged.conflicts:
            self._context.tally["conflicts"] += len(merged.conflicts)
            history.lost(self._link, merged.conflicts, merged.values, now=self._now)
        is_new = self._link.due_at is None and "due_on" not in merged.there
        if is_new or "due_on" in merged.here:
            self._link.due_at = self._reminder.due_at

    def _is_pending(self) -> bool:
        """Whether there is more to send than what was merged: the time of day, or the assignee."""
        owner_id = to_18(self._reminder.owner.salesforce_user_id)
        is_moved = owner_id not in {"", self._link.owner_id}
        return is_moved or self._reminder.due_at != self._link.due_at

    def _agree(self, there: Values, *, is_dirty: bool) -> None:
        """The shadow is what the task has: what the reminder has otherwise is to be sent."""
        link = self._link
        link.shadow = there.as_json()
        link.seen_at = self._reminder.updated_at
        link.edited_at = self._edited_at if is_dirty else None
        link.is_dirty = is_dirty
        if not is_dirty:
            for name, value in NO_TROUBLE.items():
                setattr(link, name, value)
        link.save()
