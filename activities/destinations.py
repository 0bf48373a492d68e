"""Where activities are delivered: upper floors register who can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise


class DeliveryReport(NamedTuple):
    """How one activity stands at one destination.

    `state` is one of delivered, waiting, parked, cancelled; `remote_id` its id over there, `url`
    where it can be seen.
    """

    destination: str
    label: str | Promise
    state: str
    remote_id: str
    settled_at: datetime | None
    reason: str
    url: str = ""


Reporter = Callable[[Sequence[UUID]], Iterable[tuple[UUID, DeliveryReport]]]

reporters: list[Reporter] = []


def reports_of(activities: Sequence[UUID]) -> dict[UUID, list[DeliveryReport]]:
    """The reports of each activity; one query a reporter, whatever the number of activities."""
    reports: dict[UUID, list[DeliveryReport]] = {uuid: [] for uuid in activities}
    for reporter in reporters:
        for uuid, report in reporter(activities):
            reports[uuid].append(report)
    return reports
