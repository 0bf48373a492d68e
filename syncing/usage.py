"""How many API calls were made each day, by everybody and by us."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from syncing.connections import budget_for, client_for
from syncing.errors import SyncError
from syncing.marketo import Priority
from syncing.marketo.central_time import marketo_day
from syncing.models import ApiUsage, MarketoConnection

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(minutes=15)
ASKED = "marketo-usage-asked"


def refresh_usage(marketo: MarketoConnection, *, now: datetime) -> None:
    """Store today's count of our own calls and, now and then, Marketo's of the last seven days.

    A count is worth no interruption: what goes wrong is only logged.
    """
    try:
        if cache.add(ASKED, value=True, timeout=ASK_EVERY.total_seconds()):
            _ask_marketo(marketo)
        status = budget_for(marketo).status()
    except (SyncError, RedisError) as error:
        log.warning("usage_unknown", reason=str(error))
        return
    ApiUsage.objects.update_or_create(
        day=marketo_day(now).date,
        # Marketo's own count lags some minutes behind.
        defaults={"own": status.own_calls_today, "total": status.calls_today},
    )


def _ask_marketo(marketo: MarketoConnection) -> None:
    with client_for(marketo, Priority.INTERACTIVE) as client:
        days = client.usage_last_7_days()
    for day in days:
        ApiUsage.objects.update_or_create(day=day.day, defaults={"total": day.total})
