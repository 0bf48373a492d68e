"""From an answer that is none, or a refusal, to the error to raise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from syncing.errors import (
    Ambiguous,
    Misconfigured,
    Permanent,
    QuotaExhausted,
    SyncError,
    Transient,
)
from syncing.marketo.network import describe_failure
from syncing.salesforce.faults import MOVED, NONSENSE, QUOTA_RESTS, Verdict, rule_for

_PRECONDITION_FAILED = 412
_SERVER_ERRORS = 500


class SessionExpired(Misconfigured):
    """401: another session is worth one more try; refused again, somebody has to connect anew."""


_BY_A_PERSON = {Verdict.EXPIRED: SessionExpired, Verdict.STOPS: Misconfigured}
_NOT_EXECUTED = {Verdict.EXPIRED, Verdict.STOPS, Verdict.QUOTA, Verdict.BUSY}


def refusal_of(status: int, content: Any, *, writes: bool) -> SyncError:
    """The error for an answer with a failing status; a page of HTML says only that."""
    code, message = _told(content)
    if status == _PRECONDITION_FAILED or (status >= _SERVER_ERRORS and not code):
        code = str(status)
    if not code:
        return nonsense(writes=writes)
    return error_for(code, message, status=status, writes=writes)


def error_for(code: str, message: str, *, status: int = 400, writes: bool) -> SyncError:
    """The error for one of Salesforce's codes, by the table in faults.py."""
    rule = rule_for(code, message)
    words = rule.words or message or f"Salesforce: {code}"
    if rule.verdict is Verdict.UNCERTAIN or (
        status >= _SERVER_ERRORS and rule.verdict not in _NOT_EXECUTED
    ):
        return _unanswered(words, code, writes=writes)
    if rule.verdict is Verdict.QUOTA:
        resets_at = datetime.now(UTC) + timedelta(seconds=QUOTA_RESTS)
        return QuotaExhausted(words, resets_at=resets_at, code=code)
    if rule.verdict is Verdict.BUSY:
        return Transient(words, code=code, retry_after=rule.retry_after)
    kind = _BY_A_PERSON.get(rule.verdict)
    return kind(words, setting=rule.setting, code=code) if kind else Permanent(words, code=code)


def nonsense(*, writes: bool) -> SyncError:
    """For a body that is empty, cut off, or not what was asked for."""
    return _unanswered(rule_for(NONSENSE, "").words, "", writes=writes)


def moved() -> SyncError:
    rule = rule_for(MOVED, "")
    return Misconfigured(rule.words, setting=rule.setting)


def not_answered(error: requests.RequestException, origin: str, *, writes: bool) -> SyncError:
    """For a call without any answer; a write may have arrived all the same."""
    failure = describe_failure(error, origin)
    return _unanswered(failure.words, "", writes=writes and failure.may_have_arrived)


def _unanswered(words: str, code: str, *, writes: bool) -> SyncError:
    return Ambiguous(words, code=code) if writes else Transient(words, code=code)


def _told(content: Any) -> tuple[str, str]:
    match content:
        case [{"errorCode": code, **rest}, *_]:
            return str(code), str(rest.get("message", ""))
        case {"error": code, **rest}:
            return str(code), str(rest.get("error_description", ""))
    return "", ""
