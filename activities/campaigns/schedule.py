"""When each step of a campaign falls due: arithmetic on days and wall clocks, and nothing else.

The rules are told in docs/campaigns.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from activities.campaigns.models import Step

SATURDAY, DAYS_OF_WEEK = 5, 7


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A member's time: the moment chosen at launch, read in the seller's zone."""

    starts_at: datetime
    zone: tzinfo
    skips_weekends: bool
    # Reminders without a time of their own stand from here.
    opens: time

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)

    def on(self, day: date, at: time) -> datetime:
        """That wall-clock time; one that the day skips (summer time) comes as much later."""
        return datetime.combine(day, at, self.zone).astimezone(self.starts_at.tzinfo)

    def after(self, day: date, days: int) -> date:
        """So many days later. Where weekends are skipped they are neither counted nor hit."""
        if not self.skips_weekends:
            return day + timedelta(days=days)
        for _ in range(days):
            day = _off_weekend(day + timedelta(days=1))
        return _off_weekend(day)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a member has been through: the steps begun, and which was over last and when."""

    begun: frozenset[int] = frozenset()
    last: Step | None = None
    last_at: datetime | None = None


@dataclass(frozen=True)
class Planned:
    step: Step
    at: datetime


def plan_next(
    *,
    steps: Sequence[Step],
    progress: Progress,
    clock: Clock,
    not_before: datetime | None = None,
) -> Planned | None:
    """The next step of a member and its moment; None when all is done.

    `steps` are those there are, in order. A step that was begun never comes again, and one that
    was put before the last never comes at all. `not_before` is when a pause ended.
    """
    step = next(iter(steps_ahead(steps, progress)), None)
    if step is None:
        return None
    earliest = progress.last_at or clock.starts_at
    if not_before:
        earliest = max(earliest, not_before)
    return Planned(step, _moment(step, steps, progress, clock, earliest))


def outline(*, steps: Sequence[Step], clock: Clock) -> list[Planned]:
    """All steps with their moments, if each is done when it falls due."""
    planned: list[Planned] = []
    progress = Progress()
    while item := plan_next(steps=steps, progress=progress, clock=clock):
        planned.append(item)
        begun = progress.begun | {item.step.pk}
        progress = Progress(begun=begun, last=item.step, last_at=item.at)
    return planned


def is_automatic_email(step: Step) -> bool:
    """Whether the step sends an email by itself; any other makes a reminder."""
    return step.kind == Step.Kind.EMAIL and step.send_option != Step.SendOption.REMINDER


def first_email(steps: Sequence[Step]) -> Step | None:
    return next((step for step in steps if is_automatic_email(step)), None)


def steps_ahead(steps: Sequence[Step], progress: Progress) -> list[Step]:
    last = progress.last
    ahead = steps if last is None else [step for step in steps if _place(step) > _place(last)]
    return [step for step in ahead if step.pk not in progress.begun]


def _place(step: Step) -> tuple[int, int, int]:
    return step.day, step.position, step.pk


def _moment(
    step: Step, steps: Sequence[Step], progress: Progress, clock: Clock, earliest: datetime
) -> datetime:
    today = clock.local(earliest).date()
    day = max(_day_of(step, progress, clock), clock.after(today, 0))
    wanted = _time_of(step, steps, clock)
    if day > today:
        return clock.on(day, wanted or clock.opens)
    moment = clock.on(day, wanted) if wanted else earliest
    if moment >= earliest:
        return moment
    # Its time has passed today. An email waits for tomorrow, save right behind another of its day.
    if not is_automatic_email(step) or _is_right_behind_email(step, progress):
        return earliest
    return clock.on(clock.after(day, 1), wanted or clock.opens)


def _day_of(step: Step, progress: Progress, clock: Clock) -> date:
    """Counted from the day on which the step before it was over."""
    if progress.last is None or progress.last_at is None:
        return clock.after(clock.local(clock.starts_at).date(), step.day - 1)
    return clock.after(clock.local(progress.last_at).date(), step.day - progress.last.day)


def _time_of(step: Step, steps: Sequence[Step], clock: Clock) -> time | None:
    """The time of day the step is meant for; None means as soon as the step before it is over."""
    if not is_automatic_email(step):
        return step.send_time or clock.opens
    if step.send_option == Step.SendOption.AT_TIME:
        return step.send_time
    if step.send_option == Step.SendOption.AT_LAUNCH:
        return clock.local(clock.starts_at).time()
    emails = [each for each in steps if is_automatic_email(each) and _place(each) < _place(step)]
    if emails and emails[-1].day == step.day:
        # Two emails of one day do not share a time: it is that of the email of a day before.
        emails = [each for each in emails if each.day < step.day]
        if not emails:
            return None
    times = (_time_of(each, steps, clock) for each in reversed(emails))
    return next((found for found in times if found), clock.local(clock.starts_at).time())


def _is_right_behind_email(step: Step, progress: Progress) -> bool:
    last = progress.last
    return last is not None and last.day == step.day and is_automatic_email(last)


def _off_weekend(day: date) -> date:
    if day.weekday() < SATURDAY:
        return day
    return day + timedelta(days=DAYS_OF_WEEK - day.weekday())
