"""Taking in what was changed in Salesforce."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from activities.reminders.due import MORNING
from activities.reminders.models import Reminder
from activities.reminders.services import create_reminders
from people.models import Person
from syncing.reminder_sync import history
from syncing.reminder_sync.context import Context, chunks, people_of
from syncing.reminder_sync.folding import fold, fold_deletion
from syncing.reminder_sync.merge import Side, Values
from syncing.reminder_sync.models import ReminderEvent, ReminderLink
from syncing.reminder_sync.values import one_line, shadow_of, values_of_new, values_of_task
from syncing.salesforce import COLLECTION_MAX, Record, format_soql, moment, to_18

State = ReminderLink.State

# A record that is committed late carries an earlier stamp, and a second may still fill up.
OVERLAP = timedelta(minutes=5)
SETTLED = timedelta(minutes=1)
IMPORTED = "OwnerId IN {owners} AND IsRecurrence = false AND TaskSubtype = 'Task'"
BY_STAMP = "ORDER BY SystemModstamp, Id"


def poll(context: Context, *, since: datetime) -> datetime:
    """Take in all tasks of who syncs that changed since then; up to when that is everything."""
    soql = format_soql(
        context.shape.select(f"{IMPORTED} AND SystemModstamp >= {{since}} {BY_STAMP}"),
        owners=sorted(context.users),
        since=(since - OVERLAP).astimezone(UTC),
    )
    for tasks in chunks(context.client.query_all(soql), COLLECTION_MAX):
        context.note_clock()
        take(tasks, context)
    context.note_clock()
    return max(since, context.now + context.lead - SETTLED)


def take(tasks: Sequence[Record], context: Context) -> None:
    """Fold in what is linked, adopt what is ours, import what is new."""
    links = _links_of(tasks, context)
    people = people_of(_asked_who(tasks, links))
    new = []
    for task in tasks:
        task_id = to_18(task["Id"])
        link = links.get(task_id)
        if link is None:
            new.append(task)
        elif task["IsDeleted"]:
            fold_deletion(link, moment(task["SystemModstamp"]), context)
        elif not is_known(link, task):
            fold(link, task, people, context)
    _import([task for task in new if _is_wanted(task, context)], people, context)


def replicate(context: Context, *, since: datetime) -> datetime:
    """Look at what left the sight of the poll: deleted for good, or given to others."""
    until = context.now + context.lead
    deleted = context.client.deleted("Task", since=since, until=until)
    gone = {to_18(record.record_id): record.deleted_at for record in deleted.records}
    for link in _linked(gone, context):
        fold_deletion(link, gone[link.task_id], context)
    updated = context.client.updated("Task", since=since, until=until)
    look_again(_linked(map(to_18, updated.ids), context), context)
    return min(deleted.covered_until, updated.covered_until)


def links_read(context: Context) -> QuerySet[ReminderLink]:
    """Those of the users whom this connection reads for: whose the task or the reminder is."""
    owners = [user.pk for user in context.users.values()]
    theirs = Q(owner_id__in=context.users.keys()) | Q(reminder__owner__in=owners)
    return ReminderLink.objects.filter(theirs).select_related("reminder")


def look_again(links: Iterable[ReminderLink], context: Context) -> None:
    """Read these tasks, wherever they are, and fold them in."""
    for chunk in chunks(links, COLLECTION_MAX):
        for link, task, people in read(chunk, context):
            if not is_known(link, task):
                fold(link, task, people, context)


def read(
    links: Sequence[ReminderLink], context: Context
) -> Iterator[tuple[ReminderLink, Record, Mapping[str, Person]]]:
    """Those whose tasks are there; what became of the others is looked up and taken in."""
    ids = [link.task_id for link in links]
    tasks = context.client.retrieve("Task", ids, context.shape.fields)
    context.note_clock()
    found = {link.task_id: task for link, task in zip(links, tasks, strict=True) if task}
    present = {task_id for task_id, task in found.items() if not task["IsDeleted"]}
    _take_gone([link for link in links if link.task_id not in present], context)
    by_id = {link.task_id: link for link in links}
    people = people_of(_asked_who(list(found.values()), by_id))
    for task_id in sorted(present):
        yield by_id[task_id], found[task_id], people


def _take_gone(links: Sequence[ReminderLink], context: Context) -> None:
    """Deleted only where Salesforce says so; what it does not show may just be hidden."""
    if not links:
        return
    soql = format_soql(
        "SELECT Id, IsDeleted, SystemModstamp FROM Task WHERE Id IN {ids}",
        ids=[link.task_id for link in links],
    )
    told = {to_18(task["Id"]): task for task in context.client.query_all(soql)}
    for link in links:
        task = told.get(link.task_id)
        if task and task["IsDeleted"]:
            fold_deletion(link, moment(task["SystemModstamp"]), context)


def _links_of(tasks: Sequence[Record], context: Context) -> dict[str, ReminderLink]:
    """By the task's id; those whose answer was lost are known by our key in the task.

    Not in a deleted one, which may be a copy: before it is made again all that may be it are read.
    """
    ids = [to_18(task["Id"]) for task in tasks]
    links = {
        link.task_id: link
        for link in ReminderLink.objects.select_related("reminder").filter(task_id__in=ids)
    }
    unknown = [task for task in tasks if not task["IsDeleted"] and to_18(task["Id"]) not in links]
    if not context.shape.mark:
        return {**links, **_alike(unknown)}
    marked = {key: to_18(task["Id"]) for task in unknown if (key := context.shape.key_of(task))}
    waiting = ReminderLink.objects.select_related("reminder").filter(
        key__in=marked, state=State.WAITING
    )
    return {**links, **{marked[link.key]: link for link in waiting}}


def _alike(tasks: Iterable[Record]) -> dict[str, ReminderLink]:
    """Where nothing marks our tasks: those that look like one whose answer was lost."""
    uncertain = ReminderLink.objects.filter(state=State.WAITING, is_uncertain=True)
    lost = {
        (link.owner_id, asked.subject): link
        for link in uncertain.select_related("reminder")
        if (asked := shadow_of(link))
    }
    found = {}
    for task in tasks:
        asked_as = (to_18(task["OwnerId"]), one_line(task.get("Subject") or ""))
        if link := lost.pop(asked_as, None):
            found[to_18(task["Id"])] = link
    return found


def _linked(task_ids: Iterable[str], context: Context) -> Iterator[ReminderLink]:
    for ids in chunks(task_ids, 1_000):
        links = links_read(context).filter(task_id__in=ids)
        yield from links.exclude(state__in=ReminderLink.DELETED_STATES)


def is_known(link: ReminderLink, task: Record) -> bool:
    """Whether nothing of it is new, whatever its stamps say: the echo of what we wrote, mostly."""
    shadow = shadow_of(link)
    return (
        link.state == State.LINKED
        and shadow is not None
        and values_of_task(task, instead=shadow) == shadow
        and to_18(task["OwnerId"]) == link.owner_id
        and ("WhoId" not in task or to_18(task["WhoId"] or "") == link.who_id)
        and not (link.who_id and link.reminder.person_id is None)
    )


def _asked_who(tasks: Iterable[Record], links: Mapping[str, ReminderLink]) -> set[str]:
    """Of whom a person is to be looked up."""
    asked = set()
    for task in tasks:
        who_id = to_18(task.get("WhoId") or "")
        link = links.get(to_18(task["Id"]))
        if link is None or link.who_id != who_id or link.reminder.person_id is None:
            asked.add(who_id)
    return asked


def _is_wanted(task: Record, context: Context) -> bool:
    """An open task of somebody who syncs that is no logged activity of ours."""
    return not (task["IsDeleted"] or task["IsClosed"] or context.shape.key_of(task))


@transaction.atomic
def _import(tasks: Sequence[Record], people: Mapping[str, Person], context: Context) -> None:
    if not tasks:
        return
    news = [(task, _new_values(task, context)) for task in tasks]
    reminders = create_reminders(
        reminders=[_new_reminder(task, values, people, context) for task, values in news],
        now=context.now,
    )
    # To whoever listens to reminders these are as new as those made here.
    ReminderLink.objects.filter(reminder__in=reminders).delete()
    links = ReminderLink.objects.bulk_create(
        ReminderLink(
            reminder=reminder,
            task_id=to_18(task["Id"]),
            state=State.LINKED,
            shadow=values.as_json(),
            who_id=to_18(task.get("WhoId") or ""),
            owner_id=to_18(task["OwnerId"]),
            due_at=reminder.due_at,
            seen_at=reminder.updated_at,
        )
        for reminder, (task, values) in zip(reminders, news, strict=True)
    )
    history.events(links, ReminderEvent.Kind.CREATED, Side.SALESFORCE, now=context.now)
    context.tally["created_here"] += len(links)


def _new_values(task: Record, context: Context) -> Values:
    owner = context.users[to_18(task["OwnerId"])]
    return values_of_new(task, today=context.now.astimezone(ZoneInfo(owner.time_zone)).date())


def _new_reminder(
    task: Record, values: Values, people: Mapping[str, Person], context: Context
) -> Reminder:
    owner = context.users[to_18(task["OwnerId"])]
    return Reminder(
        owner=owner,
        person=people.get(to_18(task.get("WhoId") or "")),
        kind=Reminder.Kind.CUSTOM,
        subject=values.subject,
        notes=values.notes,
        priority=values.priority,
        due_at=_due_at(values.due_on, owner, context.now),
        created_at=context.now,
        updated_at=context.now,
    )


def _due_at(day: date, owner: Any, now: datetime) -> datetime:
    """In the morning, or by the end of a day of which the morning is over."""
    zone = ZoneInfo(owner.time_zone)
    morning = datetime.combine(day, time(MORNING), zone)
    end = datetime.combine(day, time(23, 59), zone)
    return end if morning < now < end else morning
