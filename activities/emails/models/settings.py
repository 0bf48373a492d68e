"""What admins decide for everybody's email, and what each seller decides."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

DEFAULT_UNSUBSCRIBE_MESSAGE = (
    '<p>If you no longer wish to receive emails from us, <a href="#">click here</a>.</p>'
)


class EmailSettings(models.Model):
    """One row for the instance. Read it with `EmailSettings.load()`."""

    appends_unsubscribe_message = models.BooleanField(
        _("append the unsubscribe message"), default=True
    )
    # Its first link leads to the unsubscribe page, whatever address is in it.
    unsubscribe_message_html = models.TextField(
        _("unsubscribe message"), default=DEFAULT_UNSUBSCRIBE_MESSAGE
    )
    users_write_own_message = models.BooleanField(
        _("each user may write their own message"), default=False
    )
    # As https://go.example.com, for links, the pixel and the unsubscribe page; empty: PUBLIC_URL.
    tracking_url = models.URLField(_("tracking address"), blank=True)
    daily_cap = models.PositiveIntegerField(_("emails a user a day"), default=1_000)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="one_email_settings", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return "Email settings"

    @classmethod
    def load(cls) -> EmailSettings:
        return cls.objects.filter(pk=1).first() or cls(pk=1)


class UserEmailSettings(models.Model):
    """What one seller chose for their emails."""

    MAX_PINNED_CATEGORIES = 5

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="email_settings",
    )
    unsubscribe_message_html = models.TextField(_("unsubscribe message"), blank=True)
    pinned_categories = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"Email settings of {self.user_id}"
