"""A campaign told in words: its days, and when each step would come for who starts now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from activities.campaigns.models import Campaign, Step
from activities.campaigns.schedule import Clock, Planned, outline
from activities.campaigns.selectors import steps_of


@dataclass(frozen=True)
class Day:
    number: int
    steps: list[Planned]


def outline_of(campaign: Campaign, *, user: Any, starts_at: datetime) -> list[Planned]:
    """Every step with its moment for somebody whom `user` starts then."""
    steps: list[Step] = list(steps_of(campaign).select_related("template"))
    clock = Clock(
        starts_at=starts_at,
        zone=ZoneInfo(user.time_zone),
        skips_weekends=campaign.skips_weekends,
        opens=campaign.sends_from,
    )
    return outline(steps=steps, clock=clock)


def days_of(campaign: Campaign, *, user: Any, now: datetime) -> list[Day]:
    planned = outline_of(campaign, user=user, starts_at=now)
    return [
        Day(number, list(items))
        for number, items in groupby(planned, key=lambda item: item.step.day)
    ]
