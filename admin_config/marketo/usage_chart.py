"""The API calls of the last seven days as bars; the page draws them as SVG, beside a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from syncing.models import ApiUsage

DAYS = 7
WIDTH, HEIGHT = 560, 120
LABEL_HEIGHT = 20
BAR_WIDTH = 48
STEP = WIDTH // DAYS


@dataclass(frozen=True)
class Bar:
    """A day: all integrations' calls, and ours among them, as heights from the base line."""

    day: date
    total: int
    own: int
    x: int
    total_height: int
    own_height: int

    @property
    def total_y(self) -> int:
        return HEIGHT - self.total_height

    @property
    def own_y(self) -> int:
        return HEIGHT - self.own_height

    @property
    def middle(self) -> int:
        return self.x + BAR_WIDTH // 2


@dataclass(frozen=True)
class UsageChart:
    bars: list[Bar]
    cap: int
    width: int = WIDTH
    height: int = HEIGHT
    view_height: int = HEIGHT + LABEL_HEIGHT
    label_y: int = HEIGHT + LABEL_HEIGHT - 4
    bar_width: int = BAR_WIDTH

    @property
    def today(self) -> Bar:
        return self.bars[-1]


def usage_chart(*, days: Iterable[ApiUsage], cap: int, today: date) -> UsageChart:
    """The seven days up to `today`, scaled to the busiest of them; the cap is told in words."""
    known = {usage.day: usage for usage in days}
    week = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    usages = [known.get(day) or ApiUsage(day=day) for day in week]
    scale = max(1, *(usage.total for usage in usages), *(usage.own for usage in usages))
    bars = [
        Bar(
            day=usage.day,
            total=usage.total,
            own=usage.own,
            x=place * STEP + (STEP - BAR_WIDTH) // 2,
            total_height=_height(usage.total, scale),
            own_height=_height(usage.own, scale),
        )
        for place, usage in enumerate(usages)
    ]
    return UsageChart(bars=bars, cap=cap)


def _height(calls: int, scale: int) -> int:
    """Any calls at all are at least a line to be seen."""
    return max(2, calls * HEIGHT // scale) if calls else 0
