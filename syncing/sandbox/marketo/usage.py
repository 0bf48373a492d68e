"""Calls and errors by day; the limit itself is told to nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Answer, answer
from syncing.sandbox.marketo.instance import Instance

DAYS = 7


def usage_today(instance: Instance, request: Request) -> Answer:
    return _days_answer(instance, 1, _usage)


def usage_last_7_days(instance: Instance, request: Request) -> Answer:
    return _days_answer(instance, DAYS, _usage)


def errors_today(instance: Instance, request: Request) -> Answer:
    return _days_answer(instance, 1, _errors)


def errors_last_7_days(instance: Instance, request: Request) -> Answer:
    return _days_answer(instance, DAYS, _errors)


def _days_answer(
    instance: Instance, count: int, of_day: Callable[[Instance, str], dict[str, Any]]
) -> Answer:
    """Days without any call are left out, today's too."""
    days = (of_day(instance, day) for day in instance.clock.quota_days(count))
    return answer([day for day in days if day["total"]])


def _usage(instance: Instance, day: str) -> dict[str, Any]:
    users = instance.journal.by_name(day, "calls")
    listed = [{"userId": user, "count": count} for user, count in users.items()]
    return {"date": day, "total": sum(users.values()), "users": listed}


def _errors(instance: Instance, day: str) -> dict[str, Any]:
    errors = instance.journal.by_name(day, "errors")
    listed = [{"errorCode": code, "count": count} for code, count in errors.items()]
    return {"date": day, "total": sum(errors.values()), "errors": listed}
