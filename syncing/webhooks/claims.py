"""Taking messages to send, under a lease, and storing what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from syncing.webhooks.http import Answer
from syncing.webhooks.models import Endpoint, Message

State = Message.State

# Longer than a batch takes when nobody answers; after it another worker sends what is left.
LEASE = timedelta(minutes=5)
BATCH = 40
# After each attempt that failed; after the last one the message fails. Nearly three days.
RETRY_AFTER = [
    *(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 6, 6, 12, 12, 12, 12)),
]
# An endpoint that fails is left alone for twice as long each time.
SHORTEST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(hours=1)
_MOST_DOUBLINGS = 10
PAUSED_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an endpoint answered to a message."""

    message: Message
    answer: Answer


def ready_endpoints(*, now: datetime) -> QuerySet[Endpoint]:
    """Those that have something to be told, and take it."""
    rested = Q(rests_until=None) | Q(rests_until__lte=now)
    due = Message.objects.filter(state=State.PENDING, due_at__lte=now).values("endpoint")
    return Endpoint.objects.filter(rested, paused_at=None, pk__in=due).order_by("pk")


@transaction.atomic
def claim(*, endpoint: Endpoint, now: datetime) -> list[Message]:
    """Take the oldest that are due and that nobody else has; one, to try, after a failure."""
    due = Message.objects.filter(endpoint=endpoint, state=State.PENDING, due_at__lte=now)
    limit = 1 if endpoint.failures else BATCH
    taken = due.order_by("due_at", "pk").select_for_update(skip_locked=True)
    messages = list(taken[:limit])
    lease = now + LEASE
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(
        due_at=lease, attempts=F("attempts") + 1
    )
    for message in messages:
        message.due_at, message.attempts = lease, message.attempts + 1
    return messages


@transaction.atomic
def settle(*, endpoint: Endpoint, attempts: Sequence[Attempt], now: datetime) -> None:
    """Store what was answered. What another worker took meanwhile is left to that one."""
    for attempt in attempts:
        _settle_message(attempt.message, attempt.answer, now)
    if any(attempt.answer.is_success for attempt in attempts):
        note_success(endpoint)
    else:
        note_failure(endpoint, attempts[-1].answer, now=now)


def _settle_message(message: Message, answer: Answer, now: datetime) -> None:
    has_given_up = message.attempts > len(RETRY_AFTER)
    values: dict[str, object] = {"state": State.FAILED if has_given_up else State.PENDING}
    if answer.is_success:
        values["state"] = State.DELIVERED
    elif not has_given_up:
        values["due_at"] = now + RETRY_AFTER[message.attempts - 1]
    mine = Message.objects.filter(pk=message.pk, state=State.PENDING, due_at=message.due_at)
    mine.update(response_status=answer.status, error=answer.error, attempted_at=now, **values)


def note_success(endpoint: Endpoint) -> None:
    if endpoint.failures:
        Endpoint.objects.filter(pk=endpoint.pk).update(
            failures=0, failing_since=None, rests_until=None
        )


def note_failure(endpoint: Endpoint, answer: Answer, *, now: datetime) -> None:
    """Let it rest, and after days without success pause it, until an admin resumes it."""
    current = Endpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
    if current is None:
        return
    rest = min(SHORTEST_REST * 2 ** min(current.failures, _MOST_DOUBLINGS), LONGEST_REST)
    current.failures += 1
    current.failing_since = current.failing_since or now
    current.rests_until = now + rest
    if now - current.failing_since >= PAUSED_AFTER and current.paused_at is None:
        current.paused_at = now
        current.pause_reason = _(
            "Nothing was taken since %(date)s. The last answer: %(answer)s"
        ) % {
            "date": date_format(current.failing_since, "DATETIME_FORMAT"),
            "answer": answer.error or f"HTTP {answer.status}",
        }
    current.save(
        update_fields=["failures", "failing_since", "rests_until", "paused_at", "pause_reason"]
    )
