"""The sandbox's provider: nobody speaks, everything else is as with a real one."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError
from urllib3.util import Retry

from activities.calls.models import Call
from activities.calls.providers.base import CallFailed, CallReport, CallUnclear, NotGenuine

# Older reports may be somebody's who listened in; clocks differ a little.
MAX_AGE = timedelta(minutes=5)
TIMEOUT_SECONDS = 5
# The key makes it safe to ask again, by POST too, when an answer got lost.
_RETRIES = Retry(total=2, backoff_factor=0.2, status_forcelist=(502, 503), allowed_methods=None)
_STATUSES = {
    "completed": Call.Status.COMPLETED,
    "no-answer": Call.Status.NO_ANSWER,
    "cancelled": Call.Status.CANCELLED,
    "failed": Call.Status.FAILED,
}


class SandboxProvider:
    label: str | Promise = gettext_lazy("Sandbox: calls that nobody hears")

    def start(self, *, seller: str, person: str, callback_url: str, key: str) -> str:
        url = f"{settings.SANDBOX_CALLS_URL}/calls"
        body = {"from": seller, "to": person, "callback_url": callback_url}
        headers = {
            "Authorization": f"Bearer {settings.SANDBOX_CALLS_TOKEN}",
            "Idempotency-Key": key,
        }
        with requests.Session() as session:
            session.mount(url, HTTPAdapter(max_retries=_RETRIES))
            try:
                answer = session.post(url, json=body, headers=headers, timeout=TIMEOUT_SECONDS)
            except requests.ConnectTimeout as error:
                raise CallFailed(_("The call provider can't be reached.")) from error
            except requests.RequestException as error:
                raise _lost(error) from error
        if not answer.ok:
            raise CallFailed(_refusal(answer))
        try:
            return str(answer.json()["id"])
        except (requests.JSONDecodeError, KeyError, TypeError) as error:
            raise CallUnclear(_("The answer of the call provider can't be read.")) from error

    def read_report(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> CallReport:
        sent_at = headers.get("X-Sandbox-Timestamp", "")
        _verify(headers.get("X-Sandbox-Signature", ""), sent_at, body)
        if not _is_recent(sent_at, now):
            raise NotGenuine
        try:
            said = json.loads(body)
            return CallReport(
                provider_call_id=str(said["id"]),
                sequence=int(said["sequence"]),
                status=_STATUSES.get(said["status"], ""),
                duration_seconds=_whole(said.get("duration_seconds")),
                recording_url=str(said.get("recording_url") or ""),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise NotGenuine from error


def _lost(error: requests.RequestException) -> CallFailed:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return CallFailed(_("The call provider can't be reached."))
    return CallUnclear(
        _("The call provider did not answer, and may be ringing. Asked again it rings once only.")
    )


def _refusal(answer: requests.Response) -> str:
    try:
        reason = answer.json()["error"]
    except (requests.JSONDecodeError, KeyError, TypeError):
        reason = f"HTTP {answer.status_code}"
    return _("The call provider refused: %(reason)s") % {"reason": reason}


def _verify(signature: str, sent_at: str, body: bytes) -> None:
    key = settings.SANDBOX_CALLS_SECRET.encode()
    digest = hmac.new(key, f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), f"sha256={digest}".encode()):
        raise NotGenuine


def _is_recent(sent_at: str, now: datetime) -> bool:
    if not (sent_at.isascii() and sent_at.isdigit()):
        return False
    return abs(int(sent_at) - now.timestamp()) <= MAX_AGE.total_seconds()


def _whole(seconds: Any) -> int | None:
    return None if seconds is None else max(int(seconds), 0)
