"""What is about to happen with the people of an account: the reader's reminders, campaign steps."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from activities.campaigns.models import Member
from activities.reminders.models import Reminder
from activities.reminders.selectors import open_reminders
from people.models import Person

MOST_SHOWN = 10


@dataclass(frozen=True)
class Upcoming:
    """`panel_url` opens the reminder; without one `url` leads to the campaign."""

    at: datetime
    icon: str
    title: str
    note: str
    person: Person
    url: str = ""
    panel_url: str = ""


def upcoming_of(people: Sequence[Person], *, user: Any) -> list[Upcoming]:
    """The next ones, overdue ones first."""
    by_id = {person.pk: person for person in people}
    reminders = open_reminders(owner=user).filter(person__in=by_id)[:MOST_SHOWN]
    members = (
        Member.objects.filter(person__in=by_id, state=Member.State.ACTIVE)
        .select_related("campaign", "next_step", "seller")
        .order_by("next_step_at", "pk")[:MOST_SHOWN]
    )
    found = [
        *(_of_reminder(reminder, by_id) for reminder in reminders),
        *(_of_member(member, by_id) for member in members),
    ]
    return heapq.nsmallest(MOST_SHOWN, found, key=lambda one: one.at)


def _of_reminder(reminder: Reminder, by_id: dict[int, Person]) -> Upcoming:
    return Upcoming(
        at=reminder.due_at,
        icon="bell",
        title=reminder.subject,
        note=reminder.get_kind_display(),
        person=by_id[reminder.person_id or 0],
        panel_url=reverse("reminders:edit", args=[reminder.pk]),
    )


def _of_member(member: Member, by_id: dict[int, Person]) -> Upcoming:
    step = member.next_step.get_kind_display() if member.next_step else ""
    return Upcoming(
        at=member.next_step_at or member.started_at,
        icon="route",
        title=member.campaign.name,
        note=f"{step} · {member.seller.name}",
        person=by_id[member.person_id],
        url=reverse("campaigns:campaign", args=[member.campaign_id]),
    )
