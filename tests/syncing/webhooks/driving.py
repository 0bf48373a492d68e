"""Something to tell, and telling it."""

from datetime import UTC, datetime, timedelta

from syncing.webhooks.models import Message
from syncing.webhooks.outbox import Event, enqueue
from syncing.webhooks.sweep import sweep

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def tell(count=1, *, now=NOW):
    events = [Event(Message.Kind.PERSON_UPDATED, {"id": number}) for number in range(1, count + 1)]
    enqueue(lambda: events, now=now)


def sweep_until_settled(*, now=NOW, every=timedelta(hours=1), most=200):
    """Sweep as time goes by, until nothing waits; how long that took."""
    began = now
    for _ in range(most):
        sweep(now=now)
        if not Message.objects.filter(state="PENDING").exists():
            return now - began
        now += every
    raise AssertionError(list(Message.objects.values("state", "attempts", "error")))
