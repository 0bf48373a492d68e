"""Salesforce's calls are shared with everything else in the org; ours stop in good time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from syncing.errors import QuotaExhausted
from syncing.salesforce import ApiUsage
from syncing.salesforce_connections.models import SalesforceOrg, SalesforceUsage

WINDOW = timedelta(hours=24)
# An answer older than this says little of the limit now.
STALE_AFTER = timedelta(minutes=10)
KEPT_FOR = timedelta(days=30)


class Importance(IntEnum):
    """What stops first when calls run short."""

    # May be late or never be: an update that somebody opened an email once more.
    LOW = 1
    NORMAL = 2
    # Unsubscribes: what the law asks for is never saved on.
    VITAL = 3


# Above this share of the calls only what is more important goes on.
_STOPS_AT = {Importance.LOW: 0.80, Importance.NORMAL: 0.95}


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls in the last 24 hours: everybody's of the org's limit, and ours of our cap."""

    org_used: int
    org_max: int
    own_used: int
    own_cap: int
    told_at: datetime | None

    @property
    def share(self) -> float:
        """Of whatever is nearer to its end."""
        org = self.org_used / self.org_max if self.org_max else 0.0
        return max(org, self.own_used / self.own_cap if self.own_cap else 0.0)

    def allows(self, importance: Importance) -> bool:
        return self.share < _STOPS_AT.get(importance, float("inf"))

    def is_stale(self, now: datetime) -> bool:
        return self.told_at is None or now - self.told_at > STALE_AFTER


def budget_of(org: SalesforceOrg, *, now: datetime) -> Budget:
    return Budget(
        org_used=org.api_used or 0,
        org_max=org.api_max or 0,
        own_used=own_calls(now=now),
        own_cap=org.daily_call_cap or 0,
        told_at=org.api_told_at,
    )


def own_calls(*, now: datetime) -> int:
    """Our calls in the last 24 hours, by the hour."""
    usage = SalesforceUsage.objects.filter(hour__gt=now - WINDOW)
    return usage.aggregate(calls=Sum("calls"))["calls"] or 0


def require_budget(budget: Budget, importance: Importance, *, now: datetime) -> None:
    """Raises QuotaExhausted; a look at the limit is due when it has got old."""
    if not budget.allows(importance):
        raise QuotaExhausted(
            _("%(percent)d %% of the API calls to Salesforce are used up.")
            % {"percent": budget.share * 100},
            resets_at=now + STALE_AFTER,
        )


def note_calls(calls: int, usage: ApiUsage | None, *, now: datetime) -> None:
    """Add to our own count, and keep what Salesforce told of the org's."""
    if calls:
        hour = now.replace(minute=0, second=0, microsecond=0)
        SalesforceUsage.objects.get_or_create(hour=hour)
        SalesforceUsage.objects.filter(hour=hour).update(calls=F("calls") + calls)
    if usage:
        SalesforceOrg.objects.update(api_used=usage.used, api_max=usage.most, api_told_at=now)


def forget_old_usage(*, now: datetime) -> int:
    """How many hours' counts were deleted."""
    return SalesforceUsage.objects.filter(hour__lt=now - KEPT_FOR).delete()[0]
