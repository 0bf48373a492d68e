"""A call as the API shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from activities.calls.models import Call
from activities.models import Activity
from people.api.representation import timestamp


def activity_ids(calls: Iterable[Call]) -> dict[int, UUID]:
    """The activities that these logged calls are, by the id of the call."""
    about = Activity.objects.filter(
        about_type=Activity.About.CALL, about_id__in=[call.pk for call in calls]
    )
    return dict(about.values_list("about_id", "uuid"))


def represent(call: Call, activity: UUID) -> dict[str, Any]:
    """Caller, outcome and reason must be loaded with it. What is absent is null."""
    return {
        "id": call.pk,
        "activity": str(activity),
        "person": call.person_id,
        "caller": call.caller.email,
        "status": call.status.lower(),
        "outcome": call.outcome.name if call.outcome else None,
        "reason": call.reason.name if call.reason else None,
        "phone_number": call.phone_number or None,
        "called_at": timestamp(call.called_at),
        "duration_seconds": call.duration_seconds,
        "notes": call.notes or None,
        "answered_by": call.answered_by or None,
        "recording_url": call.recording_url or None,
        "campaign": call.campaign_name or None,
        "logged_at": timestamp(call.logged_at) if call.logged_at else None,
    }
