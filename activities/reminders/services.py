"""What becomes of reminders. Each change holds the row's lock; what is so already stays so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from activities.reminders.models import Reminder
from activities.reminders.signals import reminder_closed, reminder_reopened, reminders_changed
from people.models import Person

State = Reminder.State


def create_reminder(
    *,
    owner: Any,
    kind: Reminder.Kind,
    subject: str,
    due_at: datetime,
    now: datetime,
    person: Person | None = None,
    notes: str = "",
    priority: Reminder.Priority = Reminder.Priority.NORMAL,
    campaign_id: int | None = None,
    campaign_name: str = "",
) -> Reminder:
    reminder = Reminder(
        owner=owner,
        person=person,
        kind=kind,
        subject=subject,
        notes=notes,
        priority=priority,
        due_at=due_at,
        campaign_id=campaign_id,
        campaign_name=campaign_name,
        created_at=now,
        updated_at=now,
    )
    (created,) = create_reminders(reminders=[reminder], now=now)
    return created


@transaction.atomic
def create_from_form(
    *, key: UUID | None, by: Any, people: Iterable[Person | None], now: datetime, **fields: Any
) -> list[Reminder]:
    """One about each of them, or about nobody; the same form, sent twice, makes no more."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)
    made = list(Reminder.objects.filter(key=key)) if key else []
    if made:
        return made
    reminders = [
        Reminder(person=person, key=key, created_at=now, updated_at=now, **{"owner": by, **fields})
        for person in people
    ]
    return create_reminders(reminders=reminders, now=now)


@transaction.atomic
def create_reminders(*, reminders: Iterable[Reminder], now: datetime) -> list[Reminder]:
    """All in one statement."""
    created = Reminder.objects.bulk_create(reminders)
    if created:
        reminders_changed.send(sender=Reminder, reminders=created, now=now)
    return created


@transaction.atomic
def edit_reminder(*, reminder: Reminder, now: datetime, **fields: Any) -> Reminder:
    """Set these fields; those not named stay as they are."""
    current = _locked(reminder)
    for name, value in fields.items():
        setattr(current, name, value)
    current.updated_at = now
    current.save(update_fields=[*fields, "updated_at"])
    reminders_changed.send(sender=Reminder, reminders=[current], now=now)
    return current


def complete_reminder(*, reminder: Reminder, now: datetime) -> Reminder:
    return _close(reminder, State.COMPLETED, now)


def skip_reminder(*, reminder: Reminder, now: datetime) -> Reminder:
    return _close(reminder, State.SKIPPED, now)


@transaction.atomic
def delete_reminder(*, reminder: Reminder, now: datetime) -> Reminder:
    """Whatever its state. The row stays, so that it can be brought back."""
    current = _close(reminder, State.DELETED, now)
    if current.state != State.DELETED:
        _set_state(current, State.DELETED, closed_at=current.closed_at, now=now)
    return current


@transaction.atomic
def reopen_reminder(*, reminder: Reminder, now: datetime) -> Reminder:
    current = _locked(reminder)
    if current.state != State.OPEN:
        _set_state(current, State.OPEN, closed_at=None, now=now)
        reminder_reopened.send(sender=Reminder, reminder=current, now=now)
    return current


@transaction.atomic
def _close(reminder: Reminder, state: Reminder.State, now: datetime) -> Reminder:
    """Close it if it is open. Whoever closes it first decides how."""
    current = _locked(reminder)
    if current.state == State.OPEN:
        _set_state(current, state, closed_at=now, now=now)
        reminder_closed.send(sender=Reminder, reminder=current, now=now)
    return current


def _locked(reminder: Reminder) -> Reminder:
    return Reminder.objects.select_for_update().get(pk=reminder.pk)


def _set_state(
    reminder: Reminder, state: Reminder.State, *, closed_at: datetime | None, now: datetime
) -> None:
    reminder.state = state
    reminder.closed_at = closed_at
    reminder.updated_at = now
    reminder.save(update_fields=["state", "closed_at", "updated_at"])
    reminders_changed.send(sender=Reminder, reminders=[reminder], now=now)
