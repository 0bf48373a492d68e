"""How campaigns do: people by state, and what became of each step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from activities.campaigns.models import Campaign, Member, Step, StepRun
from activities.campaigns.schedule import is_automatic_email
from activities.campaigns.selectors import steps_of

State = Member.State
# Of the chart of a step, in the units of its SVG.
CHART_WIDTH = 300


@dataclass(frozen=True)
class Figures:
    """People in a campaign. Who was removed, stopped or bounced is in `people` alone."""

    people: int = 0
    running: int = 0
    replied: int = 0
    finished: int = 0
    successes: int = 0

    @property
    def success_rate(self) -> int:
        return round(100 * self.successes / self.people) if self.people else 0


@dataclass(frozen=True)
class StepFigures:
    """What became of one step, in members; `most` is the largest number of all steps."""

    step: Step
    most: int
    begun: int = 0
    sent: int = 0
    opened: int = 0
    replied: int = 0
    done: int = 0
    failed: int = 0

    @property
    def is_email(self) -> bool:
        return is_automatic_email(self.step)

    @property
    def bars(self) -> list[tuple[str, int]]:
        """Bars of the chart, by kind: their lengths."""
        if self.is_email:
            counts = [("sent", self.sent), ("opened", self.opened), ("replied", self.replied)]
        else:
            counts = [("begun", self.begun), ("done", self.done)]
        return [(kind, self._length(count)) for kind, count in counts]

    def _length(self, count: int) -> int:
        """Any at all is a line to be seen."""
        return max(2, CHART_WIDTH * count // self.most) if count else 0


def figures_of(campaigns: Iterable[Campaign]) -> dict[int, Figures]:
    """By campaign, in one query."""
    found = {campaign.pk: Figures() for campaign in campaigns}
    counted = (
        Member.objects.filter(campaign__in=found)
        .values_list("campaign")
        .annotate(
            people=Count("pk"),
            running=Count("pk", filter=Q(state__in=Member.OPEN_STATES)),
            replied=Count("pk", filter=Q(state=State.REPLIED)),
            finished=Count("pk", filter=Q(state=State.FINISHED)),
            successes=Count("pk", filter=Q(is_success=True)),
        )
    )
    for campaign, *counts in counted:
        found[campaign] = Figures(*counts)
    return found


def people_in(campaign: Campaign) -> list[tuple[str, str, int]]:
    """State, its name, and how many people are in it, in the order of the states."""
    counted = dict(
        Member.objects.filter(campaign=campaign).values_list("state").annotate(Count("pk"))
    )
    return [(value, str(label), counted.get(value, 0)) for value, label in State.choices]


def funnel_of(campaign: Campaign) -> list[StepFigures]:
    """The steps there are, in order, with what became of each."""
    counts = _counts_by_step(campaign)
    most = max([1, *(begun for begun, *_rest in counts.values())])
    return [StepFigures(step, most, *counts.get(step.pk, ())) for step in steps_of(campaign)]


def _counts_by_step(campaign: Campaign) -> dict[int, list[int]]:
    runs = StepRun.objects.filter(step__campaign=campaign).values_list("step")
    counted = runs.annotate(
        begun=Count("pk"),
        sent=Count("pk", filter=Q(email__sent_at__isnull=False)),
        opened=Count("pk", filter=Q(email__views__gt=0)),
        replied=Count("pk", filter=Q(email__replies__gt=0)),
        done=Count("pk", filter=Q(reminder__isnull=False, state=StepRun.State.DONE)),
        failed=Count("pk", filter=Q(state=StepRun.State.FAILED)),
    )
    return {step: counts for step, *counts in counted}
