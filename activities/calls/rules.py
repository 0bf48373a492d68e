"""What a logged call must be like."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activities.calls.models import Call, CallOutcome, CallReason, CallSettings
from people.models import Person

LONGEST = timedelta(hours=24)
# Clocks differ a little.
AHEAD = timedelta(minutes=5)

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

Problems = dict[str, str | Promise]


class NotLoggable(Exception):
    """The call was not logged; `problems` says why, by the name of the field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def problems_of(call: Call, *, settings: CallSettings, now: datetime) -> Problems:
    """What keeps this call from being logged."""
    problems: Problems = {}
    # One that was started may end after the person has left.
    if call.pk is None and call.person.state != Person.State.ACTIVE:
        problems["person"] = _("This person is not here any more.")
    if not call.status:
        problems["status"] = _("Say how the call went.")
    if call.called_at > now + AHEAD:
        problems["called_at"] = _("A call that is logged has already begun.")
    if call.duration_seconds is not None and call.duration_seconds > LONGEST.total_seconds():
        problems["duration_seconds"] = _("A call lasts 24 hours at most.")
    if call.recording_url and not is_safe_address(call.recording_url):
        problems["recording_url"] = _("The address of a recording begins with https://.")
    if problem := _choice_problem(call.outcome, settings.outcomes):
        problems["outcome"] = problem
    if problem := _choice_problem(call.reason, settings.reasons):
        problems["reason"] = problem
    return problems


def is_safe_address(url: str) -> bool:
    """Encrypted, or on this machine as the sandbox's are."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_loopback)


def _choice_problem(choice: CallOutcome | CallReason | None, ask: str) -> str | Promise | None:
    if choice is None:
        return _("Choose one.") if ask == CallSettings.Ask.REQUIRED else None
    if ask == CallSettings.Ask.OFF:
        return _("This is switched off. Leave it out.")
    return _("This is not offered any more. Choose another.") if choice.retired_at else None
