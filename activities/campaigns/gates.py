"""The send gate of campaigns: what a campaign called off stays unsent, even when it is retried."""

from __future__ import annotations

from django.utils.translation import gettext as _

from activities.campaigns.exits import CAMPAIGN_ENDED
from activities.campaigns.models import StepRun
from activities.emails.failures import Stop
from activities.emails.gate_context import GateContext
from activities.emails.gates import Gate, add_gate
from activities.emails.models import Email

_CALLED_OFF = (StepRun.State.CANCELLED, StepRun.State.SKIPPED)


def check_campaign(email: Email, context: GateContext) -> Stop | None:
    if email.campaign_id is None:
        return None
    if StepRun.objects.filter(email=email.pk, state__in=_CALLED_OFF).exists():
        return Stop(CAMPAIGN_ENDED, _("The campaign went on without this email."))
    return None


add_gate(Gate("campaign", check_campaign), before="identity")
