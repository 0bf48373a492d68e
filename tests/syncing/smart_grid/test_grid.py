"""Weeks by kinds of events, and what a click chooses."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from people.models import Person
from syncing.smart_grid.events import Event, web_address
from syncing.smart_grid.grid import BAR_HEIGHT, Choice, first_moment, make_grid

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
MONDAY = date(2026, 11, 16)
ANN = Person(first_name="Ann")


def event(*, days_ago, row="web"):
    happened_at = NOW - timedelta(days=days_ago)
    return Event(row=row, happened_at=happened_at, icon="", sentence="", person=ANN)


def grid_of(*events, now=NOW, **choice):
    def address(**chosen):
        return "&".join(f"{name}={value}" for name, value in chosen.items())

    return make_grid(events, choice=Choice(**choice), address=address, now=now)


def test_the_weeks_begin_on_mondays_and_cover_ninety_days():
    weeks = grid_of().weeks
    assert (weeks[0].starts, weeks[-1].starts) == (date(2026, 8, 17), MONDAY)
    assert len(weeks) == 14
    assert first_moment(NOW).date() == date(2026, 8, 20)
    assert [week.starts.day for week in weeks if week.begins_month] == [17, 7, 5, 2]


def test_days_end_at_the_readers_midnight():
    late = Event("web", datetime(2026, 11, 15, 23, 30, tzinfo=UTC), "", "", ANN)
    with timezone.override("Europe/Berlin"):
        assert grid_of(late).week.starts == MONDAY
    with timezone.override("America/New_York"):
        assert grid_of(late).week.starts == date(2026, 11, 9)


def test_events_are_counted_by_week_and_kind():
    grid = grid_of(event(days_ago=0), event(days_ago=1), event(days_ago=9, row="calls"))
    assert [week.count for week in grid.weeks[-2:]] == [1, 2]
    counts = {line.row.name: [cell.count for cell in line.cells[-2:]] for line in grid.lines}
    assert counts["web"] == [0, 2]
    assert counts["calls"] == [1, 0]
    assert {line.row.name: line.count for line in grid.lines}["web"] == 2


def test_the_newest_week_with_anything_is_chosen_first_and_any_can_be():
    events = event(days_ago=10), event(days_ago=30)
    grid = grid_of(*events)
    assert (grid.week.starts, grid.count) == (date(2026, 11, 2), 1)
    assert grid_of(*events, week="2026-10-19").count == 1
    assert grid_of(*events, week="2026-11-16").count == 0
    assert grid_of().week.starts == MONDAY


def test_all_weeks_can_be_chosen_and_come_newest_first():
    grid = grid_of(event(days_ago=30), event(days_ago=2), week="all")
    assert grid.week is None
    assert [(NOW - one.happened_at).days for one in grid.events] == [2, 30]


def test_a_kind_chooses_its_newest_week_and_a_second_click_all_kinds():
    grid = grid_of(event(days_ago=1), event(days_ago=30, row="calls"), row="calls")
    assert (grid.week.starts, grid.row.name, grid.count) == (date(2026, 10, 19), "calls", 1)
    (calls,) = (line for line in grid.lines if line.is_chosen)
    assert "row" not in parse_qs(calls.address)


def test_a_week_and_a_kind_narrow_down_together():
    events = event(days_ago=1), event(days_ago=1, row="calls"), event(days_ago=30, row="calls")
    grid = grid_of(*events, week="2026-11-16", row="calls")
    assert grid.count == 1
    assert parse_qs(grid.weeks[0].address) == {"week": ["2026-08-17"], "row": ["calls"]}


@pytest.mark.parametrize("week", ["2026-11-17", "1999-01-04", "nonsense"])
def test_a_week_that_is_none_is_no_choice(week):
    assert grid_of(event(days_ago=1), week=week).week.starts == MONDAY


def test_long_lists_are_shown_in_parts():
    grid = grid_of(*[event(days_ago=0)] * 30, shown=25)
    assert (len(grid.events), grid.count) == (25, 30)
    assert parse_qs(grid.more_address)["shown"] == ["125"]


@pytest.mark.parametrize("shown", ["-1", "²", "many", "", "9" * 5_000])
def test_a_number_that_is_none_shows_the_first_ones(shown):
    assert Choice.parse("", "nonsense", shown) == Choice()


def test_bars_stand_on_the_ground_and_fit_however_many_there_are():
    events = [event(days_ago=0)] * 1_000 + [
        event(days_ago=0, row=row) for row in ("moments", "marketing", "emails", "calls")
    ]
    bars = grid_of(*events).weeks[-1].bars
    assert bars[0].top + bars[0].height == BAR_HEIGHT
    assert bars[-1].top >= 0
    assert all(above.top + above.height == bar.top for bar, above in pairwise(bars))


def test_dots_grow_with_their_counts():
    grid = grid_of(*[event(days_ago=0)] * 9, event(days_ago=0, row="calls"))
    radii = {line.row.name: line.cells[-1].radius for line in grid.lines}
    assert radii["web"] > radii["calls"] > radii["moments"] == 0


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("www.example.com/pricing", "https://www.example.com/pricing"),
        ("http://example.com/a?b=c", "http://example.com/a?b=c"),
        ("/pricing", ""),
        ("Landing page", ""),
        ("javascript:alert(1)", ""),
        ("ftp://example.com/", ""),
        ("https://[", ""),
    ],
)
def test_only_addresses_of_pages_become_links(text, address):
    assert web_address(text) == address
