"""Overdue emails, say after a day of downtime, go out over the sending hours, not all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from activities.campaigns.schedule import Clock


def slots(*, clock: Clock, now: datetime, closes: time, every: timedelta) -> Iterator[datetime]:
    """Moments from now on, `every` so often, between the clock's opening and `closes`."""
    moment = now
    while True:
        moment = _within_hours(moment, clock, closes)
        yield moment
        moment += every


def _within_hours(moment: datetime, clock: Clock, closes: time) -> datetime:
    """This moment, or the next one at which the hours open."""
    local = clock.local(moment)
    day = clock.after(local.date(), 0)
    if day > local.date() or local.time() < clock.opens:
        return clock.on(day, clock.opens)
    if local.time() < closes:
        return moment
    return clock.on(clock.after(day, 1), clock.opens)
