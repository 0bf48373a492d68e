"""Reads of calls."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from activities.calls.models import Call, CallOutcome, CallReason


def outcomes_on_offer() -> QuerySet[CallOutcome]:
    return CallOutcome.objects.filter(retired_at=None).order_by("position", "pk")


def reasons_on_offer() -> QuerySet[CallReason]:
    return CallReason.objects.filter(retired_at=None).order_by("position", "pk")


def visible_calls(*, user: Any) -> QuerySet[Call]:
    """A user's own calls; an admin's are everybody's."""
    return Call.objects.all() if user.is_admin else Call.objects.filter(caller=user)


def calls_in_progress(*, user: Any) -> QuerySet[Call]:
    """Started but not logged yet, the latest first."""
    started = Call.objects.filter(caller_id=user.pk, state=Call.State.STARTED)
    return started.select_related("person", "reminder").order_by("-called_at", "-pk")
