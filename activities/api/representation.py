"""An activity as the API shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from activities.destinations import DeliveryReport
from activities.models import Activity
from people.api.representation import timestamp


def represent(activity: Activity, reports: Iterable[DeliveryReport]) -> dict[str, Any]:
    """`actor` must be loaded with it. What is absent is null."""
    return {
        "uuid": str(activity.uuid),
        "kind": activity.kind.lower(),
        "person": activity.person_id,
        "actor": activity.actor.email,
        "occurred_at": timestamp(activity.occurred_at),
        "recorded_at": timestamp(activity.recorded_at),
        "subject": activity.subject or None,
        "details": {name: _or_null(value) for name, value in activity.details.items()},
        "deliveries": [_delivery(report) for report in reports],
    }


def _or_null(value: Any) -> Any:
    return None if value == "" else value


def _delivery(report: DeliveryReport) -> dict[str, Any]:
    return {
        "destination": report.destination.lower(),
        "state": report.state,
        "remote_id": report.remote_id or None,
        "at": timestamp(report.settled_at) if report.settled_at else None,
        "reason": report.reason or None,
    }
