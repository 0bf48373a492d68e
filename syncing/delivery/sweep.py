"""Delivering what is due: looking up what may have arrived, then adding the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from django.utils.translation import gettext as _

from syncing.connection_state import note_success
from syncing.connections import client_for
from syncing.delivery.calls import Answer, Sought, add, look_up
from syncing.delivery.catalogue import BY_KIND
from syncing.delivery.claims import (
    BEGIN_WITHIN,
    Claim,
    Outcome,
    claim_to_look_up,
    claim_to_send,
    due,
    end_leases,
    store,
)
from syncing.delivery.holds import hold_of, lift_hold, note_trouble, types_of
from syncing.delivery.models import Delivery, MarketoActivityLog
from syncing.delivery.outcomes import outcome_of, outcome_of_lookup, settle_delay
from syncing.delivery.records import lead_id_of, record_of
from syncing.delivery.services import cancel_pending
from syncing.errors import Permanent, SyncError
from syncing.marketo import MarketoClient
from syncing.models import MarketoConnection
from syncing.people_sync.threads import in_order
from syncing.people_sync.work import Slice

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60
# Marketo takes ten calls at a time from everybody together, and advises half of that.
CALLS_IN_FLIGHT = 4


def sweep(*, now: datetime) -> bool:
    """Deliver what is due, for a minute at most; True when there is more to do right away.

    Any number of workers may do this at the same time. Calls nobody when nothing is due.
    """
    end_leases(settle_delay=settle_delay(), now=now)
    activity_log = MarketoActivityLog.load()
    if not activity_log.is_on:
        cancel_pending(now=now)
    marketo = MarketoConnection.objects.first()
    if not due(now=now).exists() or hold_of(activity_log, marketo, now=now) or marketo is None:
        return False
    _tell_what_lacks_a_type(activity_log, now=now)
    with client_for(marketo) as client:
        return _Sweep(activity_log, marketo, client, now=now).run()


def _tell_what_lacks_a_type(activity_log: MarketoActivityLog, *, now: datetime) -> None:
    lacking = set(BY_KIND) - set(activity_log.types)
    if lacking:
        waiting = due(now=now).filter(activity__kind__in=lacking, reason="")
        waiting.update(reason=_("Set up the activities in Marketo first."))


class Batch(NamedTuple):
    """What is added in one go: a claim, its records, and when it is too late to begin."""

    claim: Claim
    records: list[dict[str, Any]]
    begin_by: float


class _Sweep:
    """One worker's sweep. The network works in threads, the database here."""

    def __init__(
        self,
        activity_log: MarketoActivityLog,
        marketo: MarketoConnection,
        client: MarketoClient,
        *,
        now: datetime,
    ) -> None:
        self._activity_log = activity_log
        self._marketo = marketo
        self._client = client
        self._types = types_of(activity_log, marketo)
        self._slice = Slice(now=now, seconds=SWEEP_SECONDS)
        self._trouble: SyncError | None = None

    def run(self) -> bool:
        self._look_up_uncertain()
        self._add_pending()
        return self._trouble is None and self._slice.is_over

    def _look_up_uncertain(self) -> None:
        claims = self._claims(claim_to_look_up)
        for claim, found in in_order(self._look_up, claims, workers=CALLS_IN_FLIGHT):
            now = self._slice.now
            outcomes = [outcome_of_lookup(one, found, now=now) for one in claim.deliveries]
            self._settle(claim, outcomes, found if isinstance(found, SyncError) else None)

    def _add_pending(self) -> None:
        batches = map(self._batch, self._claims(claim_to_send))
        for batch, answers in in_order(self._add, batches, workers=CALLS_IN_FLIGHT):
            now = self._slice.now
            outcomes = [
                outcome_of(one, answer, now=now)
                for one, answer in zip(batch.claim.deliveries, answers, strict=True)
            ]
            self._settle(batch.claim, outcomes, _trouble_of(answers))

    def _claims(self, claim_next: Callable[..., Claim | None]) -> Iterator[Claim]:
        while not (self._trouble or self._slice.is_over):
            claim = claim_next(kinds=self._types.keys(), now=self._slice.now)
            if claim is None:
                return
            yield claim

    def _batch(self, claim: Claim) -> Batch:
        records = [record_of(delivery, self._types) for delivery in claim.deliveries]
        return Batch(claim, records, time.monotonic() + BEGIN_WITHIN.total_seconds())

    def _add(self, batch: Batch) -> list[Answer]:
        return add(self._client, batch.records, begin_by=batch.begin_by)

    def _look_up(self, claim: Claim) -> dict[str, str] | SyncError:
        sought = [_sought(delivery) for delivery in claim.deliveries]
        return look_up(self._client, sought, [known["id"] for known in self._types.values()])

    def _settle(self, claim: Claim, outcomes: Sequence[Outcome], trouble: SyncError | None) -> None:
        now = self._slice.now
        settled = store(claim, outcomes, now=now)
        log.info("deliveries_settled", claimed=len(claim.deliveries), settled=settled)
        if trouble:
            self._trouble = trouble
            log.warning("deliveries_held_up", reason=trouble.message, code=trouble.code)
            note_trouble(self._marketo, trouble, now=now)
            return
        note_success(self._marketo)
        if self._activity_log.held_until:
            lift_hold()


def _trouble_of(answers: Sequence[Answer]) -> SyncError | None:
    """The error that struck the call itself rather than one of its records."""
    errors = [one for one in answers if isinstance(one, SyncError)]
    if len(errors) < len(answers) or any(isinstance(one, Permanent) for one in errors):
        return None
    return errors[-1]


def _sought(delivery: Delivery) -> Sought:
    """Also in the log of who the person was merged into, for there it goes with the merge."""
    person = delivery.activity.person
    lead_ids = {lead_id_of(delivery), person.marketo_id}
    if person.merged_into:
        lead_ids.add(person.merged_into.marketo_id)
    return Sought(str(delivery.activity_id), tuple(lead_ids), delivery.activity.occurred_at)
