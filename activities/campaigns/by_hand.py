"""The email of a step that its seller sends: what the compose panel begins with."""

from __future__ import annotations

from datetime import datetime

from activities.campaigns.beginning import draft_of, last_sent
from activities.campaigns.models import Step, StepRun
from activities.campaigns.schedule import first_email
from activities.campaigns.selectors import steps_by_campaign
from activities.emails.openings import Beginning, beginnings
from activities.reminders.models import Reminder


def begin_by_hand(reminder: Reminder, now: datetime) -> Beginning | None:
    """The step's email for the reminder's person; None for a reminder of anything else."""
    run = (
        StepRun.objects.filter(reminder=reminder, step__kind=Step.Kind.EMAIL)
        .select_related(
            "step__template",
            "member__seller",
            "member__person",
            "member__campaign",
            "member__launch__identity",
        )
        .first()
    )
    if run is None:
        return None
    member, step = run.member, run.step
    steps = steps_by_campaign({member.campaign_id})[member.campaign_id]
    answered = last_sent([member]) if step.is_follow_up else {}
    email = draft_of(
        member,
        step,
        is_first=first_email(steps) == step,
        follow_up_to=answered.get((member.campaign_id, member.person_id)),
        now=now,
    )
    return Beginning(email, list(step.files.defer("content")))


beginnings.append(begin_by_hand)
