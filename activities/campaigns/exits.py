"""How people leave a campaign before its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from activities.campaigns.models import Campaign, Member, StepRun
from activities.campaigns.moves import save_members
from activities.details import CampaignDetails
from activities.emails.models import Email
from activities.emails.services import cancel_emails
from activities.models import Activity
from activities.recording import Entry, record_all
from activities.reminders.models import Reminder
from activities.reminders.services import skip_reminder

CAMPAIGN_ENDED = "CAMPAIGN_ENDED"


class Ending(NamedTuple):
    """As what a member ends, and why."""

    state: Member.State
    note: str
    is_success: bool = False


def end_members(endings: Mapping[Member, Ending], *, now: datetime) -> int:
    """End the open ones of these locked members: nothing more is sent or asked for.

    Records that they were removed. Returns how many were. Whoever ends several ends them in one
    call, so that the counters of people are locked in the same order everywhere.
    """
    ending = [member for member in endings if member.state in Member.OPEN_STATES]
    if not ending:
        return 0
    for member in ending:
        member.state, member.note, is_success = endings[member]
        member.next_step, member.next_step_at, member.ended_at = None, None, now
        member.is_success = member.is_success or is_success
    save_members(ending)
    _cancel_steps(ending, now=now)
    record_all(entries(Activity.Kind.CAMPAIGN_REMOVED, ending, now=now), now=now)
    return len(ending)


def entries(kind: Activity.Kind, members: Iterable[Member], *, now: datetime) -> list[Entry]:
    verb = "added" if kind == Activity.Kind.CAMPAIGN_ADDED else "removed"
    return [
        Entry(
            kind=kind,
            person=member.person,
            actor=member.seller,
            occurred_at=now,
            about_type=Activity.About.CAMPAIGN_MEMBER,
            about_id=member.pk,
            subject=member.campaign.name,
            details=CampaignDetails(
                campaign_id=member.campaign_id,
                campaign_name=member.campaign.name,
                campaign_url=url_of(member.campaign),
                sent_by=member.seller.email,
            ),
            idempotency_key=f"member:{member.pk}:{verb}",
        )
        for member in members
    ]


def url_of(campaign: Campaign) -> str:
    return f"{settings.PUBLIC_URL}{reverse('campaigns:campaign', args=[campaign.pk])}"


def _cancel_steps(members: Sequence[Member], *, now: datetime) -> None:
    """What is already on its way to the server is left to arrive."""
    open_states = [StepRun.State.OPEN, StepRun.State.FAILED]
    runs = StepRun.objects.filter(member__in=members, state__in=open_states)
    emails = Email.objects.filter(pk__in=list(runs.values_list("email_id", flat=True)))
    cancel_emails(emails=emails, code=CAMPAIGN_ENDED, reason=_("The campaign has ended."), now=now)
    reminders = list(
        Reminder.objects.filter(pk__in=list(runs.values_list("reminder_id", flat=True)))
    )
    runs.exclude(email__state=Email.State.IN_PROGRESS).update(
        state=StepRun.State.CANCELLED, settled_at=now
    )
    for reminder in reminders:
        skip_reminder(reminder=reminder, now=now)
