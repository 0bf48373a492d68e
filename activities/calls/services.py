"""What a seller does with calls. Only a logged call is an activity."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.db import transaction

from activities.calls.entries import call_entry
from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from activities.calls.numbers import read_number
from activities.calls.rules import NotLoggable, problems_of
from activities.recording import record
from activities.reminders.models import Reminder
from activities.reminders.services import complete_reminder
from people.models import Person

State = Call.State


def start_call(
    *,
    person: Person,
    caller: Any,
    now: datetime,
    phone_number: str = "",
    reminder: Reminder | None = None,
    provider: str = "",
    key: UUID | None = None,
) -> Call:
    """A call in progress, kept until it is logged or discarded; with the same key, the same one."""
    region = CallSettings.load().default_region
    call, _is_new = Call.objects.get_or_create(
        caller=caller,
        key=key or uuid4(),
        defaults={
            "person": person,
            "phone_number": read_number(phone_number, region=region).text,
            "called_at": now,
            "created_at": now,
            "reminder": reminder,
            "campaign_id": reminder.campaign_id if reminder else None,
            "campaign_name": reminder.campaign_name if reminder else "",
            "provider": provider,
        },
    )
    return call


@transaction.atomic
def end_call(*, call: Call, now: datetime) -> Call:
    """Stop its timer; it still waits to be logged."""
    current = _locked(call)
    if current.state == State.STARTED and current.duration_seconds is None:
        current.duration_seconds = _seconds(current.called_at, now)
        current.save(update_fields=["duration_seconds"])
    return current


def discard_call(*, call: Call) -> None:
    """Forget a call that was started; a logged one stays."""
    Call.objects.filter(pk=call.pk, state=State.STARTED).delete()


def save_draft(*, call: Call, **fields: Any) -> None:
    """Keep what was entered of a call that is not logged yet."""
    Call.objects.filter(pk=call.pk, state=State.STARTED).update(**fields)


def save_notes(*, call: Call, notes: str) -> None:
    """The one thing that may be changed of a logged call: the rest is logged elsewhere too."""
    Call.objects.filter(pk=call.pk).update(notes=notes)


@transaction.atomic
def log_call(
    *,
    person: Person,
    caller: Any,
    status: str,
    called_at: datetime,
    now: datetime,
    started: Call | None = None,
    phone_number: str = "",
    outcome: CallOutcome | None = None,
    reason: CallReason | None = None,
    duration_seconds: int | None = None,
    notes: str = "",
    answered_by: str = "",
    recording_url: str = "",
    reminder: Reminder | None = None,
    campaign_id: int | None = None,
    campaign_name: str = "",
    key: UUID | None = None,
) -> Call:
    """Log a call as an activity, and complete its reminder.

    `started` is the call in progress that this is; else it is the one with this key, or a new one.
    One that is logged already stays as it is. Raises NotLoggable.
    """
    call = _locked(started) if started else _call_of_form(caller, key or uuid4(), now)
    if call.state == State.LOGGED:
        return call
    settings = CallSettings.load()
    call.person, call.caller, call.called_at = person, caller, called_at
    call.status, call.outcome, call.reason = status, outcome, reason
    call.phone_number = read_number(phone_number, region=settings.default_region).text
    call.duration_seconds, call.recording_url = duration_seconds, recording_url
    call.notes, call.answered_by = notes, answered_by
    call.reminder = reminder
    call.campaign_id = campaign_id or (reminder.campaign_id if reminder else None)
    call.campaign_name = campaign_name or (reminder.campaign_name if reminder else "")
    call.state, call.logged_at = State.LOGGED, now
    if problems := problems_of(call, settings=settings, now=now):
        raise NotLoggable(problems)
    call.save()
    if reminder:
        complete_reminder(reminder=reminder, now=now)
    record(call_entry(call=call), now=now)
    return call


def _call_of_form(caller: Any, key: UUID, now: datetime) -> Call:
    # The same form, sent twice at once, does not make two.
    get_user_model().objects.select_for_update(no_key=True).get(pk=caller.pk)
    found = Call.objects.select_for_update().filter(caller=caller, key=key).first()
    return found or Call(key=key, created_at=now)


def _locked(call: Call) -> Call:
    return Call.objects.select_for_update().get(pk=call.pk)


def _seconds(start: datetime, end: datetime) -> int:
    return max(int((end - start).total_seconds()), 0)
