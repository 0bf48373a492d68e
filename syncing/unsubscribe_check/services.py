"""The switch of the check."""

from __future__ import annotations

from syncing.unsubscribe_check.models import UnsubscribeCheck


def is_on() -> bool:
    return UnsubscribeCheck.objects.filter(is_on=True).exists()


def switch(*, is_on: bool) -> None:
    """Holds for what is sent from now on, what is scheduled already among it."""
    UnsubscribeCheck.objects.update_or_create(pk=1, defaults={"is_on": is_on})
