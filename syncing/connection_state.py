"""What an error means for the connection as a whole, and whether anybody may call just now."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from syncing.connections import (
    ACCESS_DENIED,
    calls_left_today,
    credentials_of,
    save_as_working,
    test_connection,
)
from syncing.errors import Misconfigured, QuotaExhausted, SyncError
from syncing.models import MarketoConnection

State = MarketoConnection.State

CALL_QUOTA_CODES = {"", "607"}  # our own cap, Marketo's quota; exports have another one
RETRY_MISCONFIGURED_AFTER = timedelta(minutes=10)


def may_call(marketo: MarketoConnection, *, now: datetime) -> bool:
    """Whether nothing keeps the connection from being used."""
    if marketo.paused_until is None or marketo.paused_until <= now:
        return True
    return _is_cap_raised(marketo)


def note_quota(marketo: MarketoConnection, error: QuotaExhausted) -> None:
    if error.code in CALL_QUOTA_CODES:
        _mark(marketo, State.PAUSED_UNTIL, error, until=error.resets_at)


def named(marketo: MarketoConnection, error: Misconfigured) -> Misconfigured:
    """The error with what the connection test finds denied; Marketo itself does not say what."""
    if error.code != ACCESS_DENIED:
        return error
    problems = test_connection(credentials_of(marketo)).problems
    denied = [problem.message for problem in problems if problem.code == ACCESS_DENIED]
    if not denied:
        return error
    return Misconfigured(
        " ".join(denied), setting=error.setting, code=error.code, request_id=error.request_id
    )


def note_misconfigured(
    marketo: MarketoConnection, error: Misconfigured, *, now: datetime
) -> datetime:
    """Only a person can put it right; returns when to look whether somebody has."""
    again_at = now + RETRY_MISCONFIGURED_AFTER
    _mark(marketo, State.NEEDS_ATTENTION, error, until=again_at)
    return again_at


def note_success(marketo: MarketoConnection) -> None:
    """It works, so whatever was wrong with the connection is over."""
    if marketo.state != State.CONNECTED:
        marketo.store(state=State.CONNECTED, state_reason="", state_code="", paused_until=None)


def _is_cap_raised(marketo: MarketoConnection) -> bool:
    """Whether it was our own daily cap that stopped us, and somebody has raised it since."""
    is_own_cap = marketo.state == State.PAUSED_UNTIL and not marketo.state_code
    with suppress(SyncError):
        if is_own_cap and calls_left_today(marketo):
            save_as_working(marketo)
            return True
    return False


def _mark(marketo: MarketoConnection, state: State, error: SyncError, *, until: datetime) -> None:
    marketo.store(
        state=state, state_reason=error.message, state_code=error.code, paused_until=until
    )
