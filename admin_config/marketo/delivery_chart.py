"""The activities delivered in each of the last 24 hours, as bars the page draws as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 720, 100
LABEL_HEIGHT = 20
GAP = 4
# Labels would run into each other under every bar.
LABEL_EVERY = 4


@dataclass(frozen=True)
class Bar:
    """An hour, its count, and where it is drawn."""

    hour: datetime
    count: int
    x: int
    height: int
    has_label: bool

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True)
class DeliveryChart:
    bars: list[Bar]
    bar_width: int
    width: int = WIDTH
    height: int = HEIGHT
    view_height: int = HEIGHT + LABEL_HEIGHT
    label_y: int = HEIGHT + LABEL_HEIGHT - 4

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)

    @property
    def most(self) -> int:
        return max(bar.count for bar in self.bars)


def delivery_chart(hours: Sequence[tuple[datetime, int]]) -> DeliveryChart:
    """Scaled to the busiest hour."""
    step = WIDTH // len(hours)
    scale = max(1, *(count for _hour, count in hours))
    bars = [
        Bar(
            hour=hour,
            count=count,
            x=place * step,
            # Any at all are at least a line to be seen.
            height=max(2, count * HEIGHT // scale) if count else 0,
            has_label=place % LABEL_EVERY == 0,
        )
        for place, (hour, count) in enumerate(hours)
    ]
    return DeliveryChart(bars=bars, bar_width=step - GAP)
