"""What Marketo's answer to one activity means for its delivery."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from people.models import Person
from syncing.delivery.claims import Outcome
from syncing.delivery.models import Delivery, Destination
from syncing.delivery.records import lead_id_of
from syncing.diagnostics.catalogue import explain
from syncing.errors import Ambiguous, Misconfigured, Permanent, QuotaExhausted, SyncError, Transient

State = Delivery.State

SHORTEST_BACKOFF = 5
LONGEST_BACKOFF = 60


def settle_delay() -> timedelta:
    """How long Marketo may take until its log shows what was added; nobody documents it."""
    return timedelta(seconds=settings.MARKETO_SETTLE_SECONDS)


def outcome_of(delivery: Delivery, answer: str | SyncError, *, now: datetime) -> Outcome:
    """`answer` is the marketoGUID of what was added, or the error."""
    match answer:
        case str():
            return _outcome(delivery, State.DELIVERED, due_at=now, remote_id=answer)
        case Ambiguous():
            return _failed(delivery, State.UNCERTAIN, answer, due_at=now + settle_delay())
        case Permanent(code="1004"):
            return _lead_is_gone(delivery, answer, now=now)
        case Permanent():
            words = explain(Destination.MARKETO, answer.code).words
            return _parked(delivery, answer, str(words), now=now)
        case QuotaExhausted() | Misconfigured():
            # The whole connection waits for that, so this need not wait any longer.
            return _failed(delivery, State.PENDING, answer, due_at=now)
    return _failed(delivery, State.PENDING, answer, due_at=now + _backoff(delivery, answer))


def outcome_of_lookup(
    delivery: Delivery, found: dict[str, str] | SyncError, *, now: datetime
) -> Outcome:
    """`found` has the marketoGUIDs of what was added, by our keys, or is why nobody knows."""
    if isinstance(found, SyncError):
        return _failed(
            delivery, State.UNCERTAIN, found, due_at=now + timedelta(seconds=LONGEST_BACKOFF)
        )
    guid = found.get(str(delivery.activity_id))
    if guid:
        return _outcome(delivery, State.DELIVERED, due_at=now, remote_id=guid)
    return _outcome(delivery, State.PENDING, due_at=now)


def _lead_is_gone(delivery: Delivery, error: Permanent, *, now: datetime) -> Outcome:
    """Follow a merge once. What may stand in the loser's log has gone over to the winner's."""
    person = delivery.activity.person
    winner = person.merged_into
    if winner and not delivery.target_id:
        state = State.UNCERTAIN if delivery.uncertain_since else State.PENDING
        return _outcome(delivery, state, due_at=now, target_id=str(winner.marketo_id))
    words = (
        _("The person was deleted in Marketo.")
        if person.removed_reason == Person.RemovedReason.DELETED
        else _("Marketo has no person with the ID %d.") % lead_id_of(delivery)
    )
    return _parked(delivery, error, words, now=now)


def _parked(delivery: Delivery, error: SyncError, words: str, *, now: datetime) -> Outcome:
    reason = words or _("Marketo refuses it: %s") % error.message
    return _outcome(delivery, State.PARKED, due_at=now, code=error.code, reason=reason)


def _failed(
    delivery: Delivery, state: Delivery.State, error: SyncError, *, due_at: datetime
) -> Outcome:
    return _outcome(delivery, state, due_at=due_at, code=error.code, reason=error.message)


def _backoff(delivery: Delivery, error: SyncError) -> timedelta:
    least = min(SHORTEST_BACKOFF * 2**delivery.attempts, LONGEST_BACKOFF)
    asked_for = error.retry_after if isinstance(error, Transient) else None
    return timedelta(seconds=max(least, asked_for or 0))


def _outcome(
    delivery: Delivery,
    state: Delivery.State,
    *,
    due_at: datetime,
    target_id: str | None = None,
    remote_id: str = "",
    code: str = "",
    reason: str = "",
) -> Outcome:
    return Outcome(
        id=delivery.pk,
        state=state,
        due_at=due_at,
        target_id=delivery.target_id if target_id is None else target_id,
        remote_id=remote_id,
        code=code,
        reason=reason,
    )
