"""Sending what was changed here: read what is there, merge, write only what differs."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Case, Value, When

from activities.reminders.models import Reminder
from syncing.errors import Ambiguous, Permanent, SyncError
from syncing.reminder_sync import history
from syncing.reminder_sync.context import Context, chunks, who_of
from syncing.reminder_sync.folding import NO_TROUBLE, fold, fold_deletion, is_to_go
from syncing.reminder_sync.incoming import is_known, read
from syncing.reminder_sync.lost import find_lost
from syncing.reminder_sync.merge import Merged, Side, Values, differences
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.reminder_sync.refusals import NO_TASK, NOBODY, keep_here, refuse, refuse_creation
from syncing.reminder_sync.values import (
    TASK_FIELDS,
    alarm_of,
    changes_of_task,
    shadow_of,
    values_of_reminder,
    values_once_made,
)
from syncing.salesforce import COLLECTION_MAX, Record, RowError, RowResult, Verdict, moment, to_18

Kind = ReminderEvent.Kind
State = ReminderLink.State

ASKED = ("shadow", "due_at", "owner_id", "seen_at", "edited_at", "is_uncertain", "retry_at")
# Without a unique field a task that was asked for may turn up so much later.
SETTLE = timedelta(minutes=10)


class Sent(NamedTuple):
    """One reminder as it was when it was sent."""

    link: ReminderLink
    reminder: Reminder
    values: Values
    fields: dict[str, Any]
    # Of a task that was read before: when it was last modified, and what is seen of it.
    read_at: datetime | None = None
    seen: Collection[str] = ()
    # What differs there, and stays so: the connected user may not set it.
    kept: Mapping[str, Any] = {}


def start_again(link: ReminderLink, now: datetime) -> ReminderLink:
    """As if it was new; the key too, for the old task may be in the recycle bin with it."""
    fresh = ReminderLink(
        pk=link.pk, reminder=link.reminder, key=uuid.uuid4(), is_dirty=True, retry_at=now
    )
    fresh.save()
    return fresh


# Changing


def prepare(links: Sequence[ReminderLink], context: Context) -> list[Sent]:
    """What is to be written of these that have tasks, now that those are known."""
    sent = []
    for chunk in chunks(links, COLLECTION_MAX):
        for link, task, people in read(chunk, context):
            if is_known(link, task) and link.pk not in context.contested:
                sent.append(_update_of(link, task, _unsent(link, context), context))
            elif folded := fold(link, task, people, context):
                sent.append(_update_of(folded.link, task, folded.merged, context))
    return _with_fields(sent, context)


def _with_fields(sent: Sequence[Sent], context: Context) -> list[Sent]:
    """Those of which anything is to be written; the others are settled."""
    _settle([one for one in sent if not one.fields], context)
    return [one for one in sent if one.fields]


def _unsent(link: ReminderLink, context: Context) -> Merged:
    """Where nothing is new there, all that differs was changed here."""
    here = values_of_reminder(link.reminder, link, skipped=context.skipped)
    there = shadow_of(link) or here
    return Merged(here, here={}, there=differences(there, here), conflicts=())


def _update_of(link: ReminderLink, task: Record, merged: Merged, context: Context) -> Sent:
    reminder = link.reminder
    fields = changes_of_task(merged.there, context.shape)
    owner_id = to_18(reminder.owner.salesforce_user_id)
    if owner_id not in {"", link.owner_id}:
        fields["OwnerId"] = owner_id
    if reminder.due_at != link.due_at:
        fields |= alarm_of(reminder)
    read_at, seen = moment(task["LastModifiedDate"]), {*task, "Status"}
    return Sent(link, reminder, merged.values, fields, read_at, seen)


def update(sent: Sequence[Sent], context: Context) -> None:
    """With what the connected user may set of it."""
    sent = _with_fields([_allowed(one, context.shape.updateable) for one in sent], context)
    if len(sent) == 1:
        _update_one(sent[0], context)
        return
    for chunk in chunks(sent, COLLECTION_MAX):
        records = [{"Id": one.link.task_id, **one.fields} for one in chunk]
        results = context.client.update("Task", records)
        _settle([one for one, told in zip(chunk, results, strict=True) if told.is_ok], context)
        for one, told in zip(chunk, results, strict=True):
            if not told.is_ok:
                refuse(one.link, told.errors[0], context)


def _allowed(one: Sent, may_set: Sequence[str]) -> Sent:
    """What nobody sees there is done without; what is seen would come back as it is there."""
    left_out = {
        name
        for name, field in TASK_FIELDS.items()
        if field in one.fields and field in one.seen and field not in may_set
    }
    here = {**one.values.by_field(), "owner": one.reminder.owner}
    there = (shadow_of(one.link) or one.values).by_field()
    return one._replace(
        fields=_only(one.fields, may_set),
        values=one.values.changed({name: there[name] for name in left_out - {"owner"}}),
        kept={name: here[name] for name in TASK_FIELDS if name in left_out},
    )


def _update_one(sent: Sent, context: Context) -> None:
    """A single task is not written if somebody did in between; the next cycle merges again."""
    task_id, since = sent.link.task_id, sent.read_at or context.now
    try:
        context.client.update_unless_changed("Task", task_id, sent.fields, since=since)
    except Permanent as error:
        refuse(sent.link, RowError(error.code, error.message, ()), context)
    else:
        _settle([sent], context)


def _settle(sent: Iterable[Sent], context: Context) -> None:
    """What was sent is agreed; what was edited meanwhile remains to be sent."""
    events: list[ReminderEvent] = []
    for one in sent:
        before = shadow_of(one.link) or one.values
        changed = differences(before, one.values)
        events += history.changes(one.link, Side.HERE, before, changed, now=context.now)
        context.tally["changed_there"] += bool(one.fields)
        _agree(one, **(keep_here(one.link, one.kept, context) if one.kept else {}))
    ReminderEvent.objects.bulk_create(events)


def _agree(sent: Sent, **more: object) -> None:
    """`more` columns, also in place of those that are usual."""
    columns = {
        "shadow": sent.values.as_json(),
        "owner_id": sent.fields.get("OwnerId", sent.link.owner_id),
        "due_at": sent.reminder.due_at,
        "seen_at": sent.reminder.updated_at,
        "edited_at": None,
        **_nothing_left(sent.link),
        **more,
    }
    ReminderLink.objects.filter(pk=sent.link.pk).update(**columns)


def _nothing_left(link: ReminderLink) -> dict[str, Any]:
    """To be stored when all was sent; the link is dirty still if it was edited since."""
    was_edited = Case(When(edits=link.edits, then=Value(False)), default=Value(True))
    return {**NO_TROUBLE, "is_dirty": was_edited}


# Deleting


def delete(links: Sequence[ReminderLink], context: Context) -> None:
    for chunk in chunks(links, COLLECTION_MAX):
        results = context.client.delete([link.task_id for link in chunk])
        for link, result in zip(chunk, results, strict=True):
            _settle_deletion(link, result, context)


def _settle_deletion(link: ReminderLink, result: RowResult, context: Context) -> None:
    if not result.is_ok and result.errors[0].rule.verdict is not Verdict.GONE:
        refuse(link, result.errors[0], context)
        return
    context.tally["deleted_there"] += 1
    history.event(link, Kind.DELETED, Side.HERE, now=context.now)
    _end(link, context)


def _end(link: ReminderLink, context: Context) -> None:
    """If it was brought back meanwhile it is to have a new task."""
    ReminderLink.objects.filter(pk=link.pk).update(
        state=State.DELETED_HERE, ended_at=context.now, **_nothing_left(link)
    )


# Creating


def create(links: Sequence[ReminderLink], context: Context) -> None:
    """Whatever may have been made already is looked for first, deleted ones too."""
    found = find_lost([link for link in links if link.is_uncertain], context)
    for link in links:
        if task := found.get(link.pk):
            _take_found(link, task, context)
    missing = [link for link in links if link.pk not in found]
    for chunk in chunks(_new_tasks(missing, context), COLLECTION_MAX):
        for one, result in zip(chunk, _created(chunk, context), strict=True):
            _settle_creation(one, result, context)


def _created(sent: Sequence[Sent], context: Context) -> list[RowResult]:
    """Uncertain from before the call, for a worker may be gone before it has an answer."""
    records = [one.fields for one in sent]
    shape = context.shape
    _note_asked(sent, context.now + (timedelta(0) if shape.is_unique else SETTLE))
    try:
        if shape.is_unique:
            return context.client.upsert("Task", shape.mark, records)
        return context.client.create("Task", records)
    except Ambiguous:
        raise
    except SyncError:
        links = ReminderLink.objects.filter(pk__in=[one.link.pk for one in sent])
        links.update(retry_at=context.now, **NO_TASK)
        raise


def _note_asked(sent: Sequence[Sent], settled_at: datetime) -> None:
    """What a task that may have been made is known by, and merged against."""
    links = [one.link for one in sent]
    for link, reminder, values, *_more in sent:
        link.shadow, link.due_at = values.as_json(), reminder.due_at
        link.owner_id = to_18(reminder.owner.salesforce_user_id)
        link.seen_at, link.edited_at = reminder.updated_at, None
        link.is_uncertain, link.retry_at = True, settled_at
    ReminderLink.objects.bulk_update(links, ASKED)


def _take_found(link: ReminderLink, task: Record, context: Context) -> None:
    if task["IsDeleted"]:
        ReminderLink.objects.filter(pk=link.pk).update(task_id=to_18(task["Id"]))
        fold_deletion(link, moment(task["SystemModstamp"]), context)
    else:
        person = link.reminder.person
        people = {to_18(task.get("WhoId") or ""): person} if person else {}
        fold(link, task, people, context)


def _new_tasks(links: Iterable[ReminderLink], context: Context) -> Iterator[Sent]:
    for link in links:
        if is_to_go(link.reminder, context):
            _end(link, context)
        else:
            yield _new_task(link, context)


def _new_task(link: ReminderLink, context: Context) -> Sent:
    reminder = link.reminder
    values = values_of_reminder(reminder, link, skipped=context.skipped)
    fields: dict[str, Any] = changes_of_task(values.by_field(), context.shape)
    fields |= alarm_of(reminder)
    fields["OwnerId"] = to_18(reminder.owner.salesforce_user_id)
    who_id = link.who_id or who_of(reminder.person)
    if who_id not in {"", NOBODY}:
        fields["WhoId"] = who_id
    fields = _only(fields, context.shape.createable)
    if context.shape.mark:
        fields[context.shape.mark] = str(link.key)
    return Sent(link, reminder, values_once_made(values, fields), fields)


def _settle_creation(sent: Sent, result: RowResult, context: Context) -> None:
    if not result.is_ok:
        refuse_creation(sent.link, sent.fields.get("WhoId", ""), result.errors[0], context)
        return
    context.tally["created_there"] += 1
    history.event(sent.link, Kind.CREATED, Side.HERE, now=context.now)
    is_whole = sent.values == values_of_reminder(sent.reminder, sent.link, skipped=context.skipped)
    _agree(
        sent,
        task_id=to_18(result.record_id),
        state=State.LINKED,
        who_id=sent.fields.get("WhoId", ""),
        **({} if is_whole else {"is_dirty": True}),
    )


def _only(fields: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in allowed}
