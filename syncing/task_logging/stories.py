"""What is told of activities besides their own rows: the email, the call, the step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from activities.calls.models import Call
from activities.campaigns.models import Step, StepRun
from activities.emails.html import text_of
from activities.emails.models import Email, InboundMessage
from activities.emails.tracking.addresses import without_readers_pages
from activities.models import Activity

About = Activity.About


@dataclass(frozen=True, slots=True)
class Place:
    """Of a step in its campaign: the day, and which one of that day, from 1."""

    day: int
    number: int

    def __str__(self) -> str:
        return f"{self.day}.{self.number}"


@dataclass(slots=True)
class Stories:
    """Looked up once for all activities of a batch."""

    emails: dict[int, Email] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    _replies: dict[tuple[int, datetime], str] = field(default_factory=dict)
    _email_places: dict[int, Place] = field(default_factory=dict)
    _reminder_places: dict[int, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, activities: Sequence[Activity]) -> Self:
        by_about: dict[str, set[int]] = defaultdict(set)
        for activity in activities:
            by_about[activity.about_type].add(activity.about_id)
        stories = cls()
        stories._load_emails(by_about[About.EMAIL])
        stories._load_calls(by_about[About.CALL])
        return stories

    def place_of(self, activity: Activity) -> Place | None:
        if activity.about_type == About.EMAIL:
            return self._email_places.get(activity.about_id)
        call = self.calls.get(activity.about_id)
        return self._reminder_places.get(call.reminder_id) if call and call.reminder_id else None

    def text_of_email(self, activity: Activity) -> str:
        """As it was sent, without the addresses that are for its reader's eyes only."""
        email = self.emails.get(activity.about_id)
        return text_of(without_readers_pages(email.sent_html)) if email else ""

    def reply_to(self, activity: Activity) -> str:
        """What the person wrote."""
        return self._replies.get((activity.about_id, activity.occurred_at), "")

    def _load_emails(self, ids: set[int]) -> None:
        if not ids:
            return
        texts = Email.objects.only("id", "sent_html", "campaign_id")
        self.emails = texts.in_bulk(ids)
        replies = InboundMessage.objects.filter(email__in=ids, kind=InboundMessage.Kind.REPLY)
        self._replies = {
            (email, received_at): text
            for email, received_at, text in replies.values_list("email_id", "received_at", "text")
        }
        in_campaign = [one.pk for one in self.emails.values() if one.campaign_id]
        runs = StepRun.objects.filter(email__in=in_campaign) if in_campaign else ()
        self._email_places = {
            run.email_id: place for run, place in _places(runs) if run.email_id is not None
        }

    def _load_calls(self, ids: set[int]) -> None:
        if not ids:
            return
        self.calls = Call.objects.select_related("reminder").in_bulk(ids)
        reminders = [
            one.reminder_id for one in self.calls.values() if one.campaign_id and one.reminder_id
        ]
        runs = StepRun.objects.filter(reminder__in=reminders) if reminders else ()
        self._reminder_places = {
            run.reminder_id: place for run, place in _places(runs) if run.reminder_id is not None
        }


def _places(runs: Iterable[StepRun]) -> list[tuple[StepRun, Place]]:
    runs = list(runs)
    if not runs:
        return []
    mine = Step.objects.filter(pk__in=[run.step_id for run in runs])
    steps = Step.objects.filter(campaign__in=mine.values("campaign"))
    of_day: dict[tuple[int, int], list[int]] = defaultdict(list)
    places: dict[int, Place] = {}
    for step in steps.filter(removed_at=None).order_by("day", "position", "pk"):
        day = of_day[step.campaign_id, step.day]
        day.append(step.pk)
        places[step.pk] = Place(step.day, len(day))
    return [(run, places[run.step_id]) for run in runs if run.step_id in places]
