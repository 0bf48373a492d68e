"""Calls that a provider makes: it rings the seller, then the person, and reports how it went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from activities.calls import services
from activities.calls.models import Call, CallerNumber, CallSettings
from activities.calls.numbers import e164
from activities.calls.providers import providers
from activities.calls.providers.base import CallFailed, CallReport, CallUnclear
from activities.calls.rules import is_safe_address
from activities.reminders.models import Reminder
from people.models import Person


def provider_in_use() -> str:
    """Its name; empty when sellers dial themselves."""
    name = CallSettings.load().provider
    return name if name in providers() else ""


def seller_number(*, caller: Any) -> str:
    remembered = CallerNumber.objects.filter(caller=caller).first()
    return remembered.phone_number if remembered else ""


def bridge_call(
    *,
    person: Person,
    caller: Any,
    phone_number: str,
    seller_number: str,
    now: datetime,
    reminder: Reminder | None = None,
    key: UUID | None = None,
) -> Call:
    """Have the provider ring both, and remember the seller's number; once only for one key.

    Raises CallFailed; then no call is kept, unless it is CallUnclear.
    """
    name = provider_in_use()
    numbers = _dialled(seller=seller_number, person=phone_number)
    CallerNumber.objects.update_or_create(
        caller=caller, defaults={"phone_number": seller_number.strip()}
    )
    call = services.start_call(
        person=person,
        caller=caller,
        phone_number=phone_number,
        reminder=reminder,
        provider=name,
        now=now,
        key=key,
    )
    if not call.provider_call_id:
        _start(call, **numbers)
    return call


def _dialled(*, seller: str, person: str) -> dict[str, str]:
    """Both numbers as a provider wants them. Raises CallFailed."""
    region = CallSettings.load().default_region
    numbers = {"seller": e164(seller, region=region), "person": e164(person, region=region)}
    if not numbers["seller"]:
        raise CallFailed(_("Enter your own phone number, where you can be rung."))
    if not numbers["person"]:
        raise CallFailed(_("The number of the person can't be dialled. Check it."))
    return numbers


def _start(call: Call, *, seller: str, person: str) -> None:
    """Have its provider ring both, and note what the provider calls it. Raises CallFailed."""
    provider = providers()[call.provider]
    callback_url = f"{settings.PUBLIC_URL}{reverse('calls:report', args=[call.provider])}"
    try:
        call.provider_call_id = provider.start(
            seller=seller, person=person, callback_url=callback_url, key=str(call.key)
        )
    except CallUnclear:
        raise
    except CallFailed:
        services.discard_call(call=call)
        raise
    call.save(update_fields=["provider_call_id"])


@transaction.atomic
def take_report(*, provider: str, report: CallReport) -> bool:
    """Note what the provider says of a call; False when there is no such call (yet).

    Reports may come twice and in any order: an older one changes nothing.
    """
    calls = Call.objects.select_for_update()
    call = calls.filter(provider=provider, provider_call_id=report.provider_call_id).first()
    if call is None:
        return False
    if report.sequence <= call.provider_sequence:
        return True
    call.provider_sequence = report.sequence
    if report.status and call.state == Call.State.STARTED:
        call.status = report.status
        call.duration_seconds = report.duration_seconds or 0
        if is_safe_address(report.recording_url):
            call.recording_url = report.recording_url[:1000]
    call.save()
    return True
