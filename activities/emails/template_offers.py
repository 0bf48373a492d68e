"""What a template's page offers to do next; upper floors add what they know of templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from activities.emails.models import Template


class Offer(NamedTuple):
    """A link."""

    label: str
    url: str


# Of the template and the user who may change it; None for nothing to offer.
offers: list[Callable[[Template, Any], Offer | None]] = []


def offers_on(template: Template, *, user: Any) -> list[Offer]:
    return [offer for make in offers if (offer := make(template, user))]
