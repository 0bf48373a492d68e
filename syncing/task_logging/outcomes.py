"""What Salesforce's answer means for a delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from syncing.delivery.claims import Outcome
from syncing.delivery.models import Delivery
from syncing.errors import (
    Ambiguous,
    Misconfigured,
    Permanent,
    QuotaExhausted,
    SyncError,
    Transient,
)
from syncing.salesforce import Category, RowError, Verdict, to_18
from syncing.salesforce_settings.fields import KEY
from syncing.task_logging.targets import Choice

State = Delivery.State

# Of a task, what no update may hold.
CREATE_ONLY = "TaskSubtype"

# Our own codes.
NO_RECORD = "NO_RECORD"
SEVERAL = "SEVERAL_RECORDS"
WAITS_FOR_EMAIL = "WAITS_FOR_EMAIL"
EMAIL_NOT_LOGGED = "EMAIL_NOT_LOGGED"
TASK_DELETED = "TASK_DELETED"
NO_FIELD = "NO_FIELD"

SHORTEST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=1)
# Locks of rows are short.
LONGEST_LOCK = timedelta(seconds=60)
# What nobody knows the meaning of is tried some times before a person looks.
MOST_TRIES = 5
# Salesforce ends a call after ten minutes: what it has not written by then, it never will.
LATEST_COMMIT = timedelta(minutes=10)
_DOUBLINGS_MAX = 7
_TAKEN_BY = re.compile(r"record with id: ([0-9A-Za-z]{15,18})")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a task was not made, and what follows."""

    state: Delivery.State
    due_at: datetime
    code: str
    reason: str


def trouble_of_row(delivery: Delivery, error: RowError, *, now: datetime) -> Trouble:
    """For an error that nothing could be done about at once."""
    state, wait = _what_follows(delivery, error)
    reason = error.rule.words or error.message or error.code
    return Trouble(state, now + wait, error.code, reason)


def _what_follows(delivery: Delivery, error: RowError) -> tuple[Delivery.State, timedelta]:
    rule = error.rule
    wait = backoff(delivery)
    if rule.verdict is Verdict.UNCERTAIN or _is_about_key(error):
        return State.UNCERTAIN, wait
    if _is_there_already(error) and may_try_again(delivery):
        return State.UNCERTAIN, timedelta(0)
    if rule.verdict is Verdict.BUSY:
        asked_for = timedelta(seconds=rule.retry_after or 0)
        return State.PENDING, asked_for or min(LONGEST_LOCK, wait)
    is_unknown = rule.category is Category.OTHER and rule.verdict is Verdict.INVALID
    is_worth_a_try = is_unknown or rule.verdict in {Verdict.SCHEMA, Verdict.STOPS}
    if rule.is_retried or (is_worth_a_try and may_try_again(delivery)):
        return State.PENDING, wait
    return State.PARKED, timedelta(0)


def id_that_has_the_key(error: RowError) -> str:
    """Of the task that an earlier try of ours made, committed late."""
    found = _TAKEN_BY.search(error.message) if _is_about_key(error) else None
    return to_18(found[1]) if found else ""


def _is_about_key(error: RowError) -> bool:
    is_named = KEY.name in error.fields or KEY.name in error.message
    return is_named and error.rule.verdict is Verdict.EXISTS


def _is_there_already(error: RowError) -> bool:
    """An upsert of a task that came late would change what can only be set when it is made."""
    names = f"{error.message} {' '.join(error.fields)}"
    return error.rule.verdict is Verdict.SCHEMA and CREATE_ONLY in names


def trouble_of_call(delivery: Delivery, error: SyncError, *, now: datetime) -> Trouble:
    """For an error of the whole call, or of one before it; the connection tells, too."""
    if isinstance(error, Permanent):
        return Trouble(State.PARKED, now, error.code, error.message)
    state = State.UNCERTAIN if isinstance(error, Ambiguous) else State.PENDING
    if isinstance(error, QuotaExhausted | Misconfigured):
        # The whole connection waits for that, so this need not wait any longer.
        return Trouble(state, now, error.code, error.message)
    asked_for = timedelta(seconds=(error.retry_after or 0) if isinstance(error, Transient) else 0)
    return Trouble(state, now + max(asked_for, backoff(delivery)), error.code, error.message)


def may_try_again(delivery: Delivery) -> bool:
    """Its `attempts` are those before this one."""
    return delivery.attempts + 1 < MOST_TRIES


def backoff(delivery: Delivery) -> timedelta:
    """The same for all that failed together, so that they stay together."""
    doublings: int = min(delivery.attempts, _DOUBLINGS_MAX)
    return min(SHORTEST_BACKOFF * (1 << doublings), LONGEST_BACKOFF)


# In the order in which they decide what becomes of a delivery with several tasks.
_FIRST = (State.UNCERTAIN, State.PENDING, State.PARKED)


def outcome_of(
    delivery: Delivery, task_ids: Sequence[str], troubles: Sequence[Trouble], *, now: datetime
) -> Outcome:
    """Delivered when each of its tasks is there."""
    if not troubles:
        return make_outcome(delivery, State.DELIVERED, due_at=now, remote_id=task_ids[0])
    worst = min(troubles, key=lambda one: _FIRST.index(one.state))
    return make_outcome(
        delivery, worst.state, due_at=worst.due_at, code=worst.code, reason=worst.reason
    )


def without_target(delivery: Delivery, choice: Choice, *, now: datetime) -> Outcome:
    """Nobody to log it on: it waits for the person to be known there, where that can be."""
    if choice.refusal:
        trouble = trouble_of_row(delivery, choice.refusal, now=now)
        # Nothing of it was sent that could be looked up.
        state = State.PARKED if trouble.state == State.PARKED else State.PENDING
        return make_outcome(
            delivery, state, due_at=trouble.due_at, code=trouble.code, reason=trouble.reason
        )
    if choice.has_several:
        reason = _("Several leads or contacts have the address, and none was to be chosen.")
        return make_outcome(delivery, State.CANCELLED, due_at=now, code=SEVERAL, reason=reason)
    if delivery.target_id:
        reason = _("The lead or contact was deleted in Salesforce.")
        return make_outcome(
            delivery, State.PARKED, due_at=now, code="ENTITY_IS_DELETED", reason=reason
        )
    reason = _("Salesforce has no lead or contact for this person yet.")
    return make_outcome(
        delivery, State.PENDING, due_at=now + LONGEST_BACKOFF, code=NO_RECORD, reason=reason
    )


def make_outcome(
    delivery: Delivery,
    state: Delivery.State,
    *,
    due_at: datetime,
    remote_id: str = "",
    code: str = "",
    reason: str = "",
) -> Outcome:
    return Outcome(
        id=delivery.pk,
        state=state,
        due_at=due_at,
        target_id=delivery.target_id,
        remote_id=remote_id,
        code=code[:64],
        reason=reason,
    )
