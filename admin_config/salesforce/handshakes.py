"""What a browser that went to Salesforce must bring back, kept in its own session."""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from syncing.salesforce import Handshake

KEY = "salesforce_handshake"
VALID_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pending:
    """A connection that was begun: the workspace's own, or the user's."""

    state: str
    verifier: str
    is_main: bool
    begun_at: str

    def is_valid(self, state: str, *, now: datetime) -> bool:
        age = now - datetime.fromisoformat(self.begun_at)
        return age <= VALID_FOR and hmac.compare_digest(self.state.encode(), state.encode())


def remember(request: HttpRequest, handshake: Handshake, *, is_main: bool, now: datetime) -> None:
    """The latest counts; one begun before it can't be finished any more."""
    pending = Pending(handshake.state, handshake.verifier, is_main, now.isoformat())
    request.session[KEY] = asdict(pending)


def take(request: HttpRequest, *, now: datetime) -> Pending | None:
    """What was begun in this browser, once, if the answer is to it and not too late."""
    stored = request.session.pop(KEY, None)
    pending = Pending(**stored) if stored else None
    state = request.GET.get("state", "")
    return pending if pending and pending.is_valid(state, now=now) else None


def callback_url() -> str:
    """Where Salesforce sends the browser back to; the app there has to list it."""
    return str(settings.PUBLIC_URL) + reverse("settings:salesforce-callback")
