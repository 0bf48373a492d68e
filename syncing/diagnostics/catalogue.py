"""What the vendors' codes mean in plain words, and what to do about each."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from syncing.delivery.models import Destination
from syncing.diagnostics.marketo_words import MARKETO
from syncing.diagnostics.salesforce_words import SALESFORCE
from syncing.salesforce import faults


class Category(models.TextChoices):
    AUTHENTICATION = faults.Category.AUTHENTICATION.value, _("Authentication")
    VALIDATION = faults.Category.VALIDATION.value, _("Access or validation")
    INTERMITTENT = faults.Category.INTERMITTENT.value, _("Passes by itself")
    OTHER = faults.Category.OTHER.value, _("Other")


class Explanation(NamedTuple):
    """`words` are empty for a code that nobody told us about: the vendor's own must do."""

    category: Category
    words: str | Promise
    advice: str | Promise


_LOOK = _("Read the message, put right what it names, and try again. Nothing is lost meanwhile.")


def explain(destination: str, code: str) -> Explanation:
    """The same words wherever a code is shown."""
    if destination == Destination.MARKETO:
        found = MARKETO.get(code)
        return Explanation(Category(found[0]), *found[1:]) if found else _unknown(Category.OTHER)
    category = Category(faults.rule_for(code, "").category)
    words = SALESFORCE.get(code)
    return Explanation(category, *words) if words else _unknown(category)


def _unknown(category: Category) -> Explanation:
    return Explanation(category, "", _LOOK)
