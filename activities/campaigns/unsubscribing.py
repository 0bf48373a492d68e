"""Who unsubscribes leaves the campaigns that would go on selling to them by email."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from activities.campaigns.exits import Ending, end_members
from activities.campaigns.models import Member, Step, StepRun
from activities.campaigns.moves import locked_members
from activities.campaigns.schedule import Progress, steps_ahead
from activities.campaigns.selectors import progress_by_member, steps_by_campaign
from people.models import Unsubscribe
from people.signals import people_unsubscribed
from people.unsubscribes import people_under


@receiver(people_unsubscribed)
def end_on_unsubscribe(
    *, unsubscribes: Sequence[Unsubscribe], now: datetime, **_kwargs: Any
) -> None:
    running = Member.objects.filter(
        person__in=people_under(unsubscribes), state__in=Member.OPEN_STATES
    )
    members = _with_sales_emails(locked_members(running.values_list("pk", flat=True)))
    ending = Ending(Member.State.REMOVED, _("Unsubscribed"))
    end_members(dict.fromkeys(members, ending), now=now)


def _with_sales_emails(members: Sequence[Member]) -> list[Member]:
    """Those for whom a sales email is not settled yet, or still ahead."""
    steps = steps_by_campaign({member.campaign_id for member in members})
    progress = progress_by_member(members)
    coming = _unsettled_steps(members)
    for member in members:
        done = progress.get(member.pk, Progress())
        coming[member.pk] += steps_ahead(steps[member.campaign_id], done)
    return [member for member in members if any(map(_is_sales_email, coming[member.pk]))]


def _unsettled_steps(members: Sequence[Member]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    runs = StepRun.objects.filter(
        member__in=members, state__in=[StepRun.State.OPEN, StepRun.State.FAILED]
    )
    for run in runs.select_related("step__template"):
        found[run.member_id].append(run.step)
    return found


def _is_sales_email(step: Step) -> bool:
    is_non_commercial = step.template is not None and step.template.is_non_commercial
    return step.kind == Step.Kind.EMAIL and not is_non_commercial
