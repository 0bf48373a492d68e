"""What Salesforce refused: again later, in another way, or until a person has looked at it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet

from syncing.reminder_sync.context import Context
from syncing.reminder_sync.lost import whom_instead
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.shape import forget_shape
from syncing.salesforce import Category, RowError, Rule, Verdict

SHORTEST_BACKOFF = 5
LONGEST_BACKOFF = 60
MOST_DOUBLINGS = 5
# A code that nobody knows may pass; that often.
MOST_UNKNOWN = 5
# The who of a task that is to have none, for whoever it was about is gone.
NOBODY = "-"
# There is no task, and none that was asked for.
NO_TASK = {"is_uncertain": False, "shadow": None, "owner_id": "", "due_at": None, "seen_at": None}


def refuse(link: ReminderLink, error: RowError, context: Context) -> None:
    rule = error.rule
    if rule.verdict is Verdict.SCHEMA:
        forget_shape(context.connection)
    attempts = link.attempts + 1
    context.tally["refused"] += 1
    _of(link).update(
        attempts=attempts,
        code=error.code,
        reason=rule.words or error.message or error.code,
        is_parked=not _is_tried_again(rule, attempts),
        is_uncertain=False,
        retry_at=context.now + timedelta(seconds=_wait(rule, attempts)),
    )


def refuse_creation(link: ReminderLink, who_id: str, error: RowError, context: Context) -> None:
    """`who_id` is whom the task was to be about."""
    if error.rule.verdict is Verdict.GONE and who_id:
        instead = whom_instead(who_id, context) or NOBODY
        _of(link).update(who_id=instead, retry_at=context.now, **NO_TASK)
    elif error.rule.verdict is Verdict.EXISTS:
        _of(link).update(is_uncertain=True, retry_at=context.now)
    else:
        _of(link).update(**NO_TASK)
        refuse(link, error, context)


def _of(link: ReminderLink) -> QuerySet[ReminderLink]:
    return ReminderLink.objects.filter(pk=link.pk)


def _is_tried_again(rule: Rule, attempts: int) -> bool:
    """What is gone is looked for by the next cycle, which knows what became of it."""
    if rule.verdict is Verdict.INVALID and rule.category is Category.OTHER:
        return attempts < MOST_UNKNOWN
    return rule.is_retried or rule.verdict in {Verdict.CONFLICT, Verdict.GONE}


def _wait(rule: Rule, attempts: int) -> float:
    if rule.verdict is Verdict.CONFLICT:
        return 0
    doubled = SHORTEST_BACKOFF << min(attempts, MOST_DOUBLINGS)
    return max(min(doubled, LONGEST_BACKOFF), rule.retry_after or 0)
