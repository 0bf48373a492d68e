"""Whether Marketo is asked before each email goes out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class UnsubscribeCheck(models.Model):
    """One row; apart from the connection, so that disconnecting doesn't switch the check off."""

    is_on = models.BooleanField(_("ask Marketo before each email"), default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_unsubscribe_check", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Marketo unsubscribe check"
