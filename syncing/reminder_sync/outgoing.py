"""Sending what was changed here: read what is there, merge, write only what differs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from activities.reminders.models import Reminder
from people.models import Person
from syncing.errors import Ambiguous, Permanent
from syncing.reminder_sync import history
from syncing.reminder_sync.context import Context, who_of
from syncing.reminder_sync.folding import end, fold, fold_deletion, is_to_go, locked
from syncing.reminder_sync.incoming import read
from syncing.reminder_sync.lost import find_lost, whom_instead
from syncing.reminder_sync.merge import Merged, Side, Values
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.reminder_sync.shape import forget_shape
from syncing.reminder_sync.values import (
    alarm_of,
    changes_of_task,
    values_of_reminder,
)
from syncing.salesforce import Record, RowError, RowResult, Verdict, moment, rule_for, to_18

Kind = ReminderEvent.Kind
State = ReminderLink.State

SHORTEST_BACKOFF = 5
LONGEST_BACKOFF = 60
# A code that nobody knows may pass; that often.
MOST_UNKNOWN = 5
# Without a unique field a task that was asked for may turn up so much later.
SETTLE = timedelta(minutes=10)
# The who of a task that is to have none, for whoever it was about is gone.
NOBODY = "-"


class Sent(NamedTuple):
    """One reminder as it was when it was sent."""

    link: ReminderLink
    reminder: Reminder
    values: Values
    fields: dict[str, Any]


def send(links: Sequence[ReminderLink], context: Context) -> None:
    """At most 200 links, all over one connection. Errors of single tasks stay with their links."""
    links = [_revived(link, context) for link in links]
    waiting = [link for link in links if link.state == State.WAITING]
    linked = [link for link in links if link.state == State.LINKED]
    _update([one for one in linked if not is_to_go(one.reminder, context)], context)
    _delete([one for one in linked if is_to_go(one.reminder, context)], context)
    _create(waiting, context)


def _revived(link: ReminderLink, context: Context) -> ReminderLink:
    """A reminder that came back after its task was deleted is to have a new one."""
    is_deleted = link.state in ReminderLink.DELETED_STATES
    if not is_deleted or is_to_go(link.reminder, context):
        return link
    return start_again(link, context.now)


@transaction.atomic
def start_again(link: ReminderLink, now: datetime) -> ReminderLink:
    """As if it was new; the key too, for the old task may be in the recycle bin with it."""
    fresh = ReminderLink(
        pk=link.pk, reminder=link.reminder, key=uuid.uuid4(), is_dirty=True, retry_at=now
    )
    fresh.save()
    return fresh


# Changing


def _update(links: Sequence[ReminderLink], context: Context) -> None:
    if not links:
        return
    sent = []
    for link, task, people in read(links, context):
        one = _update_of(link, task, people, context)
        if one:
            sent.append((one, moment(task["LastModifiedDate"])))
    if len(sent) == 1:
        _update_one(*sent[0], context)
    elif sent:
        records = [{"Id": one.link.task_id, **one.fields} for one, _stamp in sent]
        results = context.client.update("Task", records)
        for (one, _stamp), result in zip(sent, results, strict=True):
            _settle_update(one, result.errors, context)


def _update_of(
    link: ReminderLink, task: Record, people: Mapping[str, Person], context: Context
) -> Sent | None:
    """What is to be written now that the task is known, if anything is."""
    merged = fold(link, task, people, context)
    if merged is None:
        return None
    link, reminder = _loaded(link)
    fields = _only(_changed_fields(link, reminder, merged, context), context.shape.updateable)
    sent = Sent(link, reminder, merged.values, fields)
    if not fields:
        _settle_update(sent, (), context)
        return None
    return sent


def _changed_fields(
    link: ReminderLink, reminder: Reminder, merged: Merged, context: Context
) -> dict[str, Any]:
    fields = changes_of_task(merged.there, context.shape)
    owner_id = to_18(reminder.owner.salesforce_user_id)
    if owner_id not in {"", link.owner_id}:
        fields["OwnerId"] = owner_id
    if reminder.due_at != link.due_at:
        fields |= alarm_of(reminder)
    return fields


def _update_one(sent: Sent, read_at: datetime, context: Context) -> None:
    """A single task is not written if somebody did in between; the next cycle merges again."""
    try:
        context.client.update_unless_changed("Task", sent.link.task_id, sent.fields, since=read_at)
    except Permanent as error:
        _settle_update(sent, (RowError(error.code, error.message, ()),), context)
    else:
        _settle_update(sent, (), context)


@transaction.atomic
def _settle_update(sent: Sent, errors: Sequence[RowError], context: Context) -> None:
    link, reminder = locked(sent.link)
    if errors:
        _refuse(link, errors[0], context)
        return
    before = Values.from_json(link.shadow or sent.values.as_json())
    changes = {
        name: value
        for name, value in sent.values.by_field().items()
        if getattr(before, name) != value
    }
    history.changed(link, Side.HERE, before, changes, now=context.now)
    context.tally["changed_there"] += bool(sent.fields)
    _settle(link, reminder, sent)


def _settle(link: ReminderLink, reminder: Reminder, sent: Sent) -> None:
    """What was sent is agreed. What was edited meanwhile remains to be sent."""
    link.shadow = sent.values.as_json()
    link.owner_id = sent.fields.get("OwnerId", link.owner_id)
    link.due_at = sent.reminder.due_at
    link.seen_at = sent.reminder.updated_at
    link.is_dirty = reminder.updated_at != sent.reminder.updated_at
    link.edited_at = None
    link.is_parked, link.is_uncertain, link.attempts = False, False, 0
    link.code = link.reason = ""
    link.save()


# Deleting


def _delete(links: Sequence[ReminderLink], context: Context) -> None:
    if not links:
        return
    results = context.client.delete([link.task_id for link in links])
    for link, result in zip(links, results, strict=True):
        _settle_deletion(link, result, context)


@transaction.atomic
def _settle_deletion(link: ReminderLink, result: RowResult, context: Context) -> None:
    link, _reminder = locked(link)
    if result.is_ok or result.errors[0].rule.verdict is Verdict.GONE:
        context.tally["deleted_there"] += 1
        history.event(link, Kind.DELETED, Side.HERE, now=context.now)
        end(link, State.DELETED_HERE, context)
    else:
        _refuse(link, result.errors[0], context)


# Creating


def _create(links: Sequence[ReminderLink], context: Context) -> None:
    """Whatever may have been made already is looked for first, deleted ones too."""
    found = find_lost([link for link in links if link.is_uncertain], context)
    for link in links:
        if task := found.get(link.pk):
            _take_found(link, task, context)
    missing = [link for link in links if link.pk not in found]
    sent = [one for link in missing if (one := _new_task(link, context))]
    if not sent:
        return
    try:
        results = _created(sent, context)
    except Ambiguous:
        ReminderLink.objects.filter(pk__in=[one.link.pk for one in sent]).update(
            is_uncertain=True,
            retry_at=context.now + (timedelta(0) if context.shape.is_unique else SETTLE),
        )
        raise
    for one, result in zip(sent, results, strict=True):
        _settle_creation(one, result, context)


def _created(sent: Sequence[Sent], context: Context) -> list[RowResult]:
    records = [one.fields for one in sent]
    if context.shape.is_unique:
        return context.client.upsert("Task", context.shape.mark, records)
    return context.client.create("Task", records)


def _take_found(link: ReminderLink, task: Record, context: Context) -> None:
    if task["IsDeleted"]:
        ReminderLink.objects.filter(pk=link.pk).update(task_id=to_18(task["Id"]))
        fold_deletion(link, moment(task["SystemModstamp"]), context)
    else:
        people = {link.who_id: link.reminder.person} if link.reminder.person else {}
        fold(link, task, people, context)


def _new_task(link: ReminderLink, context: Context) -> Sent | None:
    link, reminder = _loaded(link)
    if is_to_go(reminder, context):
        end(link, State.DELETED_HERE, context)
        return None
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
    return Sent(link, reminder, values, fields)


@transaction.atomic
def _settle_creation(sent: Sent, result: RowResult, context: Context) -> None:
    link, reminder = locked(sent.link)
    if not result.is_ok:
        _refuse_creation(link, sent, result.errors[0], context)
        return
    link.task_id = to_18(result.record_id)
    link.state = State.LINKED
    link.who_id = sent.fields.get("WhoId", "")
    context.tally["created_there"] += 1
    history.event(link, Kind.CREATED, Side.HERE, now=context.now)
    _settle(link, reminder, sent)


def _refuse_creation(link: ReminderLink, sent: Sent, error: RowError, context: Context) -> None:
    verdict = error.rule.verdict
    is_about_who = verdict is Verdict.GONE and "WhoId" in sent.fields
    if is_about_who:
        link.who_id = whom_instead(sent.fields["WhoId"], context) or NOBODY
        link.is_dirty, link.retry_at = True, context.now
        link.save()
    elif verdict is Verdict.EXISTS:
        link.is_uncertain, link.retry_at = True, context.now
        link.save()
    else:
        _refuse(link, error, context)


# What both share


def _refuse(link: ReminderLink, error: RowError, context: Context) -> None:
    """Again later, or until a person has looked at it."""
    rule = rule_for(error.code, error.message)
    if rule.verdict is Verdict.SCHEMA:
        forget_shape()
    link.attempts += 1
    link.code = error.code
    link.reason = rule.words or error.message or error.code
    is_unknown = rule.verdict is Verdict.INVALID and rule.category == "OTHER"
    is_again = rule.is_retried or rule.verdict in {Verdict.CONFLICT, Verdict.GONE}
    is_again = is_again or (is_unknown and link.attempts < MOST_UNKNOWN)
    link.is_parked = not is_again
    link.is_dirty = True
    least = min(SHORTEST_BACKOFF * 2 ** min(link.attempts, 5), LONGEST_BACKOFF)
    wait = 0 if rule.verdict is Verdict.CONFLICT else max(least, rule.retry_after or 0)
    link.retry_at = context.now + timedelta(seconds=wait)
    link.save()
    context.tally["refused"] += 1


def _loaded(link: ReminderLink) -> tuple[ReminderLink, Reminder]:
    fresh = ReminderLink.objects.select_related("reminder__owner", "reminder__person").get(
        pk=link.pk
    )
    return fresh, fresh.reminder


def _only(fields: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in allowed}
