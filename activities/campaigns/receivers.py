"""What emails and reminders do to the members whose steps they are; in the sender's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from activities.campaigns.exits import Ending, end_members
from activities.campaigns.models import Member, StepRun
from activities.campaigns.moves import hold_run, locked_members, settle_run
from activities.emails.models import Email, InboundMessage
from activities.emails.signals import (
    email_bounced,
    email_failed,
    email_replied,
    email_sent,
    email_unscheduling,
)
from activities.reminders.models import Reminder
from activities.reminders.signals import reminder_closed, reminder_reopened
from people.errors import Refused

RunState = StepRun.State
UNSETTLED = (RunState.OPEN, RunState.FAILED)


@receiver(email_sent)
def go_on_after_email(*, email: Email, now: datetime, **_kwargs: Any) -> None:
    if email.campaign_id is None:
        return
    for run in StepRun.objects.filter(email=email, state__in=UNSETTLED):
        settle_run(run, RunState.DONE, now=now)


@receiver(email_failed)
def wait_after_failure(*, email: Email, now: datetime, **_kwargs: Any) -> None:
    """The member stays at this step until somebody tries again, skips it or ends it."""
    for run in StepRun.objects.filter(email=email, state__in=UNSETTLED):
        hold_run(run, RunState.FAILED, email.reason)


@receiver(email_unscheduling)
def keep_scheduled(*, email: Email, **_kwargs: Any) -> None:
    """As a draft, the email of a step would be waited for without anybody knowing."""
    if StepRun.objects.filter(email=email, state=RunState.OPEN).exists():
        raise Refused(
            _(
                "The campaign “%(campaign)s” waits for this email. "
                "Open the campaign to skip the step or to remove %(name)s."
            )
            % {"campaign": email.campaign_name, "name": email.person.name}
        )


@receiver(email_replied)
def end_on_reply(*, email: Email, message: InboundMessage, now: datetime, **_kwargs: Any) -> None:
    """Any answer to any email of the campaign counts, whoever wrote it from whatever address."""
    is_away = message.kind == InboundMessage.Kind.OUT_OF_OFFICE
    if not is_away and message.kind != InboundMessage.Kind.REPLY:
        return
    for member in _members_of(email):
        campaign = member.campaign
        if is_away and campaign.ignores_out_of_office:
            continue
        is_success = campaign.marks_success_on_reply and not is_away
        if campaign.ends_on_reply:
            note = _("Answered “%(subject)s”") % {"subject": email}
            end_members({member: Ending(Member.State.REPLIED, note, is_success)}, now=now)
        elif is_success:
            Member.objects.filter(pk=member.pk).update(is_success=True)


@receiver(email_bounced)
def end_on_bounce(*, email: Email, now: datetime, **_kwargs: Any) -> None:
    for run in StepRun.objects.filter(email=email, state__in=UNSETTLED):
        hold_run(run, RunState.FAILED, email.reason)
    for member in _members_of(email):
        if member.campaign.removes_on_bounce:
            note = email.reason or _("The email bounced.")
            end_members({member: Ending(Member.State.BOUNCED, note)}, now=now)


@receiver(reminder_closed)
def go_on_after_reminder(*, reminder: Reminder, now: datetime, **_kwargs: Any) -> None:
    is_done = reminder.state == Reminder.State.COMPLETED
    for run in StepRun.objects.filter(reminder=reminder, state=RunState.OPEN):
        settle_run(run, RunState.DONE if is_done else RunState.SKIPPED, now=now)


@receiver(reminder_reopened)
def wait_for_reopened_reminder(*, reminder: Reminder, now: datetime, **_kwargs: Any) -> None:
    """Closing it is undone, unless a later step has begun or the member has ended."""
    for run in StepRun.objects.filter(reminder=reminder).exclude(state=RunState.OPEN):
        locked_members([run.member_id])
        if not StepRun.objects.filter(member=run.member_id, pk__gt=run.pk).exists():
            _reopen(run)


def _reopen(run: StepRun) -> None:
    reopened = Member.objects.filter(
        pk=run.member_id, state__in=[Member.State.ACTIVE, Member.State.PAUSED]
    )
    if reopened.exists():
        hold_run(run, RunState.OPEN, "")


def _members_of(email: Email) -> list[Member]:
    """Where the person is in the campaign that the email belongs to."""
    if email.campaign_id is None:
        return []
    members = Member.objects.filter(
        campaign=email.campaign_id, person=email.person_id, state__in=Member.OPEN_STATES
    )
    return locked_members(members.values_list("pk", flat=True))
