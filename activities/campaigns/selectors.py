"""Reads: campaigns, steps and members a user sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from activities.campaigns.models import Campaign, Launch, Member, Step, StepRun
from activities.campaigns.schedule import Clock, Progress


def visible_campaigns(*, user: Any) -> QuerySet[Campaign]:
    """A user's own and those shared with one of the user's teams; all of them for an admin."""
    if user.is_admin:
        return Campaign.objects.all()
    shared = Campaign.teams.through.objects.filter(team__members=user).values("campaign_id")
    return Campaign.objects.filter(Q(owner=user) | Q(pk__in=shared))


def may_edit(*, campaign: Campaign, user: Any) -> bool:
    return bool(user.is_admin or campaign.owner_id == user.pk)


def manageable_members(*, user: Any) -> QuerySet[Member]:
    """Those a user may pause, resume and remove: the user's own; all of them for an admin."""
    return Member.objects.all() if user.is_admin else Member.objects.filter(seller=user)


def steps_of(campaign: Campaign) -> QuerySet[Step]:
    """The steps there are, in order."""
    return campaign.steps.filter(removed_at=None).order_by("day", "position", "pk")


def steps_by_campaign(campaign_ids: Collection[int]) -> dict[int, list[Step]]:
    steps: dict[int, list[Step]] = defaultdict(list)
    found = Step.objects.filter(campaign__in=campaign_ids, removed_at=None)
    for step in found.select_related("template").order_by("day", "position", "pk"):
        steps[step.campaign_id].append(step)
    return steps


def progress_by_member(members: Iterable[Member]) -> dict[int, Progress]:
    """How far each is. Who has not begun a step is not among them."""
    progress: dict[int, Progress] = {}
    runs = StepRun.objects.filter(member__in=[member.pk for member in members])
    for run in runs.select_related("step").order_by("pk"):
        begun = progress.get(run.member_id, Progress()).begun
        progress[run.member_id] = Progress(
            begun=begun | {run.step_id}, last=run.step, last_at=run.settled_at or run.started_at
        )
    return progress


def clock_of(campaign: Campaign, launch: Launch) -> Clock:
    return Clock(
        starts_at=launch.starts_at,
        zone=ZoneInfo(launch.time_zone),
        skips_weekends=campaign.skips_weekends,
        opens=campaign.sends_from,
    )


def due_members(*, now: datetime) -> QuerySet[Member]:
    return Member.objects.filter(state=Member.State.ACTIVE, next_step_at__lte=now)
