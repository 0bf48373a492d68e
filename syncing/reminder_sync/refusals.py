"""What Salesforce refused: again later, in another way, or until a person has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from syncing.reminder_sync import history
from syncing.reminder_sync.context import Context
from syncing.reminder_sync.lost import whom_instead
from syncing.reminder_sync.models import ReminderLink
from syncing.reminder_sync.shape import forget_shape
from syncing.reminder_sync.wording import FIELDS
from syncing.salesforce import Category, RowError, Rule, Verdict

SHORTEST_BACKOFF = 5
LONGEST_BACKOFF = 60
MOST_DOUBLINGS = 5
# Salesforce's code for what is not even tried.
NOT_EDITABLE = "INVALID_FIELD_FOR_INSERT_UPDATE"
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


def keep_here(link: ReminderLink, changes: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """What the connected user may not set stays as it is here; the link's columns that say so.

    `changes` are those that are in Salesforce otherwise, which the next reading would take back.
    """
    forget_shape(context.connection)
    context.tally["refused"] += 1
    history.kept(link, changes, now=context.now)
    unless_edited = Case(When(edits=link.edits, then=Value(True)), default=Value(False))
    words = _("Salesforce does not let the connected user change: %(fields)s.")
    names = ", ".join(str(FIELDS[name]) for name in changes)
    return {
        # By this a due time that is not agreed is known.
        "due_at": link.due_at if "due_on" in changes else link.reminder.due_at,
        "edited_at": link.edited_at or link.reminder.updated_at,
        "is_dirty": True,
        "is_parked": unless_edited,
        "code": NOT_EDITABLE,
        "reason": words % {"fields": names},
    }


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
    """What is gone is looked for by the next cycle, which knows what became of it.

    What may not be set is left out the second time, when the org has been described anew.
    """
    if rule.verdict is Verdict.SCHEMA:
        return attempts == 1
    if rule.verdict is Verdict.INVALID and rule.category is Category.OTHER:
        return attempts < MOST_UNKNOWN
    return rule.is_retried or rule.verdict in {Verdict.CONFLICT, Verdict.GONE}


def _wait(rule: Rule, attempts: int) -> float:
    if rule.verdict is Verdict.CONFLICT:
        return 0
    doubled = SHORTEST_BACKOFF << min(attempts, MOST_DOUBLINGS)
    return max(min(doubled, LONGEST_BACKOFF), rule.retry_after or 0)
