"""Who else gets a copy of an email, unseen by the others: upper floors register."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from activities.emails.models import Email

copiers: list[Callable[[Email], Iterable[str]]] = []


def copies_of(email: Email) -> list[str]:
    return [address for copier in copiers for address in copier(email)]
