"""A logged call, as an entry of the activity log."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from activities.calls.models import Call
from activities.details import CallDetails
from activities.models import Activity
from activities.recording import Entry


def call_entry(*, call: Call) -> Entry:
    status = status_word(call)
    outcome = call.outcome.name if call.outcome else ""
    return Entry(
        kind=Activity.Kind.CALL_RECEIVED,
        person=call.person,
        actor=call.caller,
        occurred_at=call.called_at,
        about_type=Activity.About.CALL,
        about_id=call.pk,
        subject=outcome or status.capitalize(),
        details=CallDetails(
            made_by=call.caller.email,
            status=status,
            outcome=outcome,
            reason=call.reason.name if call.reason else "",
            phone_number=call.phone_number,
            duration_seconds=call.duration_seconds,
            answered_by=call.answered_by,
            recording_url=call.recording_url,
            campaign_name=call.campaign_name,
            campaign_url=_campaign_url(call),
        ),
        idempotency_key=f"call:{call.pk}",
    )


def status_word(call: Call) -> str:
    """`no answer`: the glossary's own word, in whatever language the seller works."""
    return call.status.lower().replace("_", " ")


def _campaign_url(call: Call) -> str:
    if call.campaign_id is None:
        return ""
    return f"{settings.PUBLIC_URL}{reverse('campaigns:campaign', args=[call.campaign_id])}"
