"""Every unsubscribe goes to Salesforce at once, whatever the settings of the sync say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from people.models import Unsubscribe
from people.session_locks import Busy, in_turn
from syncing.errors import Misconfigured, QuotaExhausted, SyncError, Transient
from syncing.salesforce import Category, RowError, Verdict, rule_for
from syncing.salesforce_connections.budget import Importance
from syncing.salesforce_connections.calling import client_for
from syncing.salesforce_connections.selectors import main_connection
from syncing.unsubscribe_sync.fields import OBJECTS, ObjectFields, fields_of, forget_fields
from syncing.unsubscribe_sync.locks import WRITERS
from syncing.unsubscribe_sync.models import Push, UnsubscribeSync
from syncing.unsubscribe_sync.orgs import sync_of_this_org
from syncing.unsubscribe_sync.outbound import Outcome, packs, plan, words_of, write
from syncing.unsubscribe_sync.wishes import Wish, wishes_of

log = structlog.get_logger(__name__)

State = Push.State
BATCH = 200
WAIT_SECONDS = 30.0
NUDGE_SECONDS = 2
NUDGED = "unsubscribes-nudged"
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
_DOUBLINGS_MAX = 6
# What is unclear is tried so often before a person looks.
MOST_TRIES = 5
HIDDEN = "INVALID_FIELD"


def enqueue(unsubscribes: Iterable[Unsubscribe], *, now: datetime) -> None:
    """In the transaction of the unsubscribe. Without Salesforce there is nowhere to go.

    What Salesforce itself said is passed on by whoever heard it.
    """
    ours = [row for row in unsubscribes if row.source != Unsubscribe.Source.SALESFORCE]
    if not ours or main_connection() is None:
        return
    Push.objects.bulk_create(
        [Push(unsubscribe=row, due_at=now, created_at=now) for row in ours], batch_size=1_000
    )
    transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Have what is due pushed; if the broker is away, the next tick does."""
    from syncing.unsubscribe_sync.tasks import push_unsubscribes  # noqa: PLC0415 - imports us

    if cache.add(NUDGED, value=True, timeout=NUDGE_SECONDS):
        push_unsubscribes.apply_async(retry=False, expires=60)


def cancel(unsubscribes: QuerySet[Unsubscribe], *, now: datetime) -> None:
    """They were taken back before they got there."""
    open_ones = Push.objects.filter(
        unsubscribe__in=unsubscribes, state__in=[State.WAITING, State.PARKED]
    )
    open_ones.update(state=State.CANCELLED, settled_at=now)


def due(*, now: datetime) -> QuerySet[Push]:
    return Push.objects.filter(state=State.WAITING, due_at__lte=now).order_by("due_at", "pk")


def push_due(*, now: datetime) -> bool:
    """Push a batch of what is due; True when there may be more to do right away.

    To push twice does no harm, so nothing needs to be remembered of a worker that dies.
    """
    if not due(now=now).exists():
        return False
    try:
        with client_for(user=None, now=now, importance=Importance.VITAL) as client:
            fields = fields_of(client, sales_field=sync_of_this_org().sales_field)
            with in_turn(WRITERS, seconds=WAIT_SECONDS):
                batch = list(
                    due(now=now).select_related("unsubscribe__person__merged_into")[:BATCH]
                )
                wishes = wishes_of(push.unsubscribe for push in batch)
                planned = plan(client, fields, wishes, is_firm=True)
                written = [
                    outcome
                    for name, pack in packs(planned)
                    for outcome in write(client, fields[name], pack, now=now)
                ]
                _settle(batch, wishes, planned, written, fields, now=now)
    except Busy:
        # The next tick comes anyway.
        return False
    except SyncError as error:
        _hold(error, now=now)
        return False
    return len(batch) == BATCH


def retry(pushes: QuerySet[Push], *, now: datetime) -> int:
    """Push these again; how many there are."""
    forget_fields(sales_field=UnsubscribeSync.load().sales_field)
    open_ones = pushes.filter(state__in=[State.WAITING, State.PARKED])
    count = open_ones.update(state=State.WAITING, due_at=now, attempts=0, settled_at=None)
    transaction.on_commit(nudge, robust=True)
    return count


def _settle(
    batch: Sequence[Push],
    wishes: Sequence[Wish],
    planned: Sequence[Outcome],
    written: Sequence[Outcome],
    fields: Mapping[str, ObjectFields],
    *,
    now: datetime,
) -> None:
    errors = {one.record.record_id: one.error for one in written}
    touched = _records_of(wishes, planned)
    hidden = [
        lack for name in OBJECTS if not fields[name].is_readable for lack in fields[name].lacks
    ]
    for push, wish in zip(batch, wishes, strict=True):
        ids = touched[wish.unsubscribe.pk]
        error = next((errors[one] for one in ids if errors.get(one)), None)
        if error is None and hidden:
            error = RowError(HIDDEN, " ".join(hidden), ())
        push.records = sum(errors.get(one) is None for one in ids)
        push.attempts += 1
        _note(push, error, now=now)
    Push.objects.bulk_update(
        batch, ["state", "attempts", "due_at", "reason", "code", "records", "settled_at"]
    )
    states = [push.state for push in batch]
    log.info("unsubscribes_pushed", pushed=states.count(State.DONE), tried=len(batch))


def _records_of(wishes: Sequence[Wish], planned: Sequence[Outcome]) -> dict[int, set[str]]:
    """The ids of each unsubscribe's records; several may be about the same."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for outcome in planned:
        for key in outcome.found.keys:
            by_key[key].add(outcome.record.record_id)
    return {
        wish.unsubscribe.pk: {
            one for key in (*wish.record_ids, *wish.emails) for one in by_key.get(key, ())
        }
        for wish in wishes
    }


def _note(push: Push, error: RowError | None, *, now: datetime) -> None:
    if error is None:
        push.state, push.reason, push.code, push.settled_at = State.DONE, "", "", now
        if not push.records:
            push.reason = _("Salesforce has no lead or contact with this ID or address.")
        return
    push.reason, push.code = words_of(error), error.code
    if _is_tried_again(error, push.attempts):
        rest = FIRST_REST * 2 ** min(push.attempts, _DOUBLINGS_MAX)
        push.due_at = now + min(rest, LONGEST_REST)
    else:
        push.state, push.settled_at = State.PARKED, now


def _is_tried_again(error: RowError, attempts: int) -> bool:
    rule = rule_for(error.code, error.message)
    is_unclear = rule.verdict is Verdict.GONE or rule.category is Category.OTHER
    return rule.is_retried or (is_unclear and attempts < MOST_TRIES)


def _hold(error: SyncError, *, now: datetime) -> None:
    """All wait, with the reason to be read."""
    if not isinstance(error, Transient | Misconfigured | QuotaExhausted):
        forget_fields(sales_field=UnsubscribeSync.load().sales_field)
    # The connection knows itself how long it rests, so looking again soon costs no calls.
    due(now=now).update(due_at=now + FIRST_REST, reason=error.message, code=error.code)
    log.warning("unsubscribes_held_up", reason=error.message, code=error.code)
