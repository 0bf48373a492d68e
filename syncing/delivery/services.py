"""Logging on and off, and what a person decides about deliveries."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext as _

from syncing.delivery.holds import lift_hold
from syncing.delivery.models import Delivery, Destination, MarketoActivityLog

State = Delivery.State

# Why a row was cancelled: what was not sent while logging was off can be sent later on.
OFF = "OFF"
IGNORED = "IGNORED"


def switch_on(*, now: datetime) -> None:
    """Log what happens from now on; the past stays unsent, for `send_past`."""
    MarketoActivityLog.store(is_on=True)


@transaction.atomic
def switch_off(*, now: datetime) -> int:
    """Log no more, and cancel what waits; return how many that were.

    What is being sent, or may have arrived, is settled first: it may stand in Marketo's log.
    """
    MarketoActivityLog.store(is_on=False)
    return cancel_pending(now=now)


def cancel_pending(*, now: datetime) -> int:
    waiting = in_marketo().filter(state=State.PENDING)
    return waiting.update(
        state=State.CANCELLED,
        code=OFF,
        reason=_("Logging to Marketo was switched off."),
        settled_at=now,
    )


def send_past(*, now: datetime) -> int:
    """Deliver what happened while logging was off; return how many that are."""
    return _put_in_line(unsent_past(), now=now)


def retry(rows: QuerySet[Delivery], *, now: datetime) -> int:
    """Deliver again what was refused, and at once what waits; return how many that are.

    What may have arrived is left alone: it is looked up in its own time.
    """
    at_once = rows.filter(state=State.PENDING, due_at__gt=now).update(due_at=now)
    return _put_in_line(rows.filter(state=State.PARKED), now=now) + at_once


def ignore(rows: QuerySet[Delivery], *, by: str, reason: str, now: datetime) -> int:
    """Never deliver what was refused; return how many that are."""
    return rows.filter(state=State.PARKED).update(
        state=State.CANCELLED,
        code=IGNORED,
        reason=_("Ignored by %(name)s: %(reason)s") % {"name": by, "reason": reason},
        settled_at=now,
    )


def try_again_now(*, now: datetime) -> None:
    """Somebody has mended what held everything up."""
    lift_hold()
    in_marketo().filter(state=State.PENDING, due_at__gt=now).update(due_at=now)


def in_marketo() -> QuerySet[Delivery]:
    return Delivery.objects.filter(destination=Destination.MARKETO)


def unsent_past() -> QuerySet[Delivery]:
    return in_marketo().filter(state=State.CANCELLED, code=OFF)


def _put_in_line(deliveries: QuerySet[Delivery], *, now: datetime) -> int:
    """What was once sent without an answer is looked up first."""
    return deliveries.update(
        state=Case(
            When(uncertain_since=None, then=Value(State.PENDING)), default=Value(State.UNCERTAIN)
        ),
        attempts=0,
        target_id="",
        code="",
        reason="",
        due_at=now,
        settled_at=None,
    )
