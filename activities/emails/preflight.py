"""Who would be skipped, and why, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects

from activities.emails.failures import Wait
from activities.emails.files import files_without_content
from activities.emails.gate_context import GateContext
from activities.emails.gates import verdict_on
from activities.emails.models import Email


@dataclass(frozen=True)
class Problem:
    """What keeps one email back; `is_wait` when it would go out later by itself."""

    email: Email
    code: str
    message: str
    is_wait: bool


def problems(*, emails: Sequence[Email], now: datetime) -> list[Problem]:
    """What the gates would say if these emails, saved drafts, were sent now in this order."""
    related = ("sender", "person", "identity", "follow_up_to", files_without_content())
    prefetch_related_objects(emails, *related)
    context = GateContext(emails, now)
    found = []
    for email in emails:
        verdict = verdict_on(email, context)
        if verdict is None:
            context.count_as_sent(email)
        else:
            is_wait = isinstance(verdict, Wait)
            found.append(Problem(email, verdict.code, verdict.reason, is_wait))
    return found
