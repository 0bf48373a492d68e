"""What keeps all deliveries to Marketo waiting, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from syncing.connection_state import may_call, note_misconfigured, note_quota
from syncing.connections import instance_host
from syncing.delivery.models import MarketoActivityLog
from syncing.errors import Misconfigured, QuotaExhausted, SyncError
from syncing.models import MarketoConnection

# Marketo's role lacks what only the activities need; the people sync may work all the same.
OF_THE_LOG_ALONE = {"permissions", "activities"}
LOOK_AGAIN_AFTER = timedelta(minutes=10)


class Hold(NamedTuple):
    reason: str
    code: str = ""
    until: datetime | None = None


def hold_of(
    log: MarketoActivityLog, marketo: MarketoConnection | None, *, now: datetime
) -> Hold | None:
    """Why nothing can be delivered just now; None when it can."""
    if marketo is None:
        return Hold(_("Marketo is not connected."))
    if not may_call(marketo, now=now):
        return Hold(marketo.state_reason, marketo.state_code, marketo.paused_until)
    if not types_of(log, marketo):
        return Hold(_("Set up the activities in Marketo first."))
    if log.held_until and log.held_until > now:
        return Hold(log.held_reason, log.held_code, log.held_until)
    return None


def types_of(
    log: MarketoActivityLog, marketo: MarketoConnection
) -> Mapping[str, Mapping[str, Any]]:
    """The types that this instance has for our kinds; ids mean nothing in another instance."""
    return log.types if log.host == instance_host(marketo.base_url) else {}


def note_trouble(marketo: MarketoConnection, error: SyncError, *, now: datetime) -> None:
    """Hold up what an error holds up beyond the activities that met it."""
    if isinstance(error, QuotaExhausted):
        note_quota(marketo, error)
    elif isinstance(error, Misconfigured) and error.setting in OF_THE_LOG_ALONE:
        MarketoActivityLog.store(
            held_reason=error.message, held_code=error.code, held_until=now + LOOK_AGAIN_AFTER
        )
    elif isinstance(error, Misconfigured):
        note_misconfigured(marketo, error, now=now)


def lift_hold() -> None:
    MarketoActivityLog.store(held_reason="", held_code="", held_until=None)
