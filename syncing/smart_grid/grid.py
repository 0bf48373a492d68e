"""The grid itself: weeks by kinds of events, and the events of what was chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.timezone import localtime, make_aware

from people.selection import is_id
from syncing.smart_grid.events import Event
from syncing.smart_grid.reading import DAYS
from syncing.smart_grid.rows import ROW_NAMES, ROWS, Row

ALL_WEEKS = "all"
FIRST_SHOWN = 25
# Whole numbers, for these go into attributes of SVG, where a decimal comma has no place.
BAR_HEIGHT = 100
LEAST_BAR = 6
LARGEST_DOT = 46
SMALLEST_DOT = 18

# Makes the address of the same grid with other parameters.
Address = Callable[..., str]


@dataclass(frozen=True)
class Choice:
    """What the reader clicked: no week is the newest with anything in it, no row is all rows."""

    week: str = ""
    row: str = ""
    shown: int = FIRST_SHOWN

    @classmethod
    def parse(cls, week: str, row: str, shown: str) -> Choice:
        number = int(shown) if is_id(shown) else FIRST_SHOWN
        return cls(week, row if row in ROW_NAMES else "", min(number, 10_000))


@dataclass(frozen=True)
class Bar:
    """A part of a week's column; `top` is counted from above."""

    row: str
    top: int
    height: int


@dataclass(frozen=True)
class Cell:
    count: int
    radius: int
    is_chosen: bool


@dataclass(frozen=True)
class Week:
    starts: date
    ends: date
    count: int
    bars: list[Bar]
    begins_month: bool
    is_chosen: bool
    address: str


@dataclass(frozen=True)
class Line:
    """A row of the table."""

    row: Row
    count: int
    cells: list[Cell]
    is_chosen: bool
    address: str


@dataclass(frozen=True)
class Grid:
    weeks: list[Week]
    lines: list[Line]
    week: Week | None
    row: Row | None
    # The first of the chosen events, and how many there are.
    events: list[Event]
    count: int
    more_address: str
    all_weeks_address: str


def first_moment(now: datetime) -> datetime:
    """The reader's midnight 90 days ago."""
    return make_aware(datetime.combine(localtime(now).date() - timedelta(days=DAYS), time.min))


def make_grid(events: Sequence[Event], *, choice: Choice, address: Address, now: datetime) -> Grid:
    """Everything the page shows; `address` takes `week`, `row` and `shown`."""
    mondays = _mondays(now)
    counts = Counter((_monday(localtime(event.happened_at).date()), event.row) for event in events)
    chosen = _chosen_week(choice, mondays, counts)
    weeks = _weeks(mondays, counts, chosen, choice, address)
    listed = [
        event
        for event in sorted(events, key=lambda event: event.happened_at, reverse=True)
        if choice.row in {"", event.row}
        and chosen in {None, _monday(localtime(event.happened_at).date())}
    ]
    week = chosen.isoformat() if chosen else ALL_WEEKS
    return Grid(
        weeks=weeks,
        lines=_lines(mondays, counts, chosen, choice, address),
        week=next((one for one in weeks if one.is_chosen), None),
        row=next((row for row in ROWS if row.name == choice.row), None),
        events=listed[: choice.shown],
        count=len(listed),
        more_address=address(week=week, row=choice.row, shown=choice.shown + 100),
        all_weeks_address=address(week=ALL_WEEKS, row=choice.row),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _mondays(now: datetime) -> list[date]:
    first, last = _monday(localtime(first_moment(now)).date()), _monday(localtime(now).date())
    return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]


def _chosen_week(
    choice: Choice, mondays: Sequence[date], counts: Counter[tuple[date, str]]
) -> date | None:
    """The Monday of the week; None stands for all."""
    if choice.week == ALL_WEEKS:
        return None
    by_text = {monday.isoformat(): monday for monday in mondays}
    if choice.week in by_text:
        return by_text[choice.week]
    rows = {choice.row} if choice.row else ROW_NAMES
    return max((monday for monday, row in counts if row in rows), default=mondays[-1])


def _weeks(
    mondays: Sequence[date],
    counts: Counter[tuple[date, str]],
    chosen: date | None,
    choice: Choice,
    address: Address,
) -> list[Week]:
    totals = {monday: sum(counts[monday, row.name] for row in ROWS) for monday in mondays}
    highest = max(totals.values())
    return [
        Week(
            starts=monday,
            ends=monday + timedelta(days=6),
            count=totals[monday],
            bars=_bars([(row.name, counts[monday, row.name]) for row in ROWS], highest),
            begins_month=monday == mondays[0] or monday.month != (monday - timedelta(7)).month,
            is_chosen=monday == chosen,
            address=address(week=monday.isoformat(), row=choice.row),
        )
        for monday in mondays
    ]


def _bars(counted: Sequence[tuple[str, int]], highest: int) -> list[Bar]:
    """The parts of one column from the bottom up, none too thin to be seen."""
    bars, top = [], BAR_HEIGHT
    for row, count in counted:
        if count:
            height = max(LEAST_BAR, count * (BAR_HEIGHT - len(ROWS) * LEAST_BAR) // highest)
            top -= height
            bars.append(Bar(row, top, height))
    return bars


def _lines(
    mondays: Sequence[date],
    counts: Counter[tuple[date, str]],
    chosen: date | None,
    choice: Choice,
    address: Address,
) -> list[Line]:
    most = max(counts.values(), default=1)
    return [
        Line(
            row=row,
            count=sum(counts[monday, row.name] for monday in mondays),
            cells=[
                Cell(
                    count=counts[monday, row.name],
                    radius=_radius(counts[monday, row.name], most),
                    is_chosen=monday == chosen,
                )
                for monday in mondays
            ],
            is_chosen=row.name == choice.row,
            # The chosen row a second time means all rows again.
            address=address(week=choice.week, row="" if row.name == choice.row else row.name),
        )
        for row in ROWS
    ]


def _radius(count: int, most: int) -> int:
    """So that the area of a dot tells how many there are."""
    return max(SMALLEST_DOT, round(LARGEST_DOT * math.sqrt(count / most))) if count else 0
