"""What became of activities in each of the last 24 hours, as bars the page draws as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncing.delivery.selectors import Hour

WIDE, NARROW = 720, 360
HEIGHT = 100
LABEL_HEIGHT = 20
GAP = 4
# Labels would run into each other under every bar.
LABEL_EVERY = 4


@dataclass(frozen=True)
class Bar:
    """An hour, and where it is drawn: what was refused stands on what was delivered."""

    hour: Hour
    x: int
    height: int
    refused_height: int
    has_label: bool

    @property
    def y(self) -> int:
        return HEIGHT - self.height

    @property
    def refused_y(self) -> int:
        return self.y - self.refused_height


@dataclass(frozen=True)
class DeliveryChart:
    bars: list[Bar]
    bar_width: int
    width: int
    height: int = HEIGHT
    view_height: int = HEIGHT + LABEL_HEIGHT
    label_y: int = HEIGHT + LABEL_HEIGHT - 4

    @property
    def delivered(self) -> int:
        return sum(bar.hour.delivered for bar in self.bars)

    @property
    def refused(self) -> int:
        return sum(bar.hour.refused for bar in self.bars)

    @property
    def most(self) -> int:
        return max(bar.hour.delivered for bar in self.bars)


def delivery_chart(hours: Sequence[Hour], *, width: int = WIDE) -> DeliveryChart:
    """Scaled to the busiest hour."""
    step = width // len(hours)
    busiest = max(1, *(hour.delivered + hour.refused for hour in hours))
    bars = [
        Bar(
            hour=hour,
            x=place * step,
            height=_height(hour.delivered, busiest),
            refused_height=_height(hour.refused, busiest),
            has_label=place % LABEL_EVERY == 0,
        )
        for place, hour in enumerate(hours)
    ]
    return DeliveryChart(bars=bars, bar_width=step - GAP, width=width)


def _height(count: int, busiest: int) -> int:
    """Any at all are at least a line to be seen; a line on a full bar would not fit."""
    return max(2, count * (HEIGHT - 2) // busiest) if count else 0
