"""Why an email failed, waits or is uncertain: the codes, and what each means in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Code(models.TextChoices):
    """The values of `Email.reason_code`. Upper floors add codes of their own."""

    SENDER_INACTIVE = "SENDER_INACTIVE", _("The sender's account is not active")
    NO_IDENTITY = "NO_IDENTITY", _("No From address")
    IDENTITY_NOT_VERIFIED = "IDENTITY_NOT_VERIFIED", _("From address not verified")
    NO_CHANNEL = "NO_CHANNEL", _("No mail server")
    CHANNEL_BROKEN = "CHANNEL_BROKEN", _("Mail server needs attention")
    CHANNEL_PAUSED = "CHANNEL_PAUSED", _("Mail server paused")
    DAILY_CAP = "DAILY_CAP", _("Daily limit reached")
    PERSON_REMOVED = "PERSON_REMOVED", _("Person left the workspace")
    NO_ADDRESS = "NO_ADDRESS", _("No email address")
    BAD_ADDRESS = "BAD_ADDRESS", _("Not an email address")
    DUPLICATE_ADDRESS = "DUPLICATE_ADDRESS", _("Address twice in one send")
    ADDRESS_BOUNCED = "ADDRESS_BOUNCED", _("Address bounced before")
    BLOCKED_DOMAIN = "BLOCKED_DOMAIN", _("Blocked domain")
    UNSUBSCRIBED = "UNSUBSCRIBED", _("Unsubscribed")
    PROMPT_LEFT = "PROMPT_LEFT", _("Prompt left in")
    UNRESOLVED_FIELD = "UNRESOLVED_FIELD", _("Field without a value")
    FIRST_NOT_SENT = "FIRST_NOT_SENT", _("First email not sent yet")
    UNWRITABLE = "UNWRITABLE", _("Cannot be written")
    THROTTLED = "THROTTLED", _("Throttled")
    TRY_LATER = "TRY_LATER", _("Mail server asked to try later")
    GAVE_UP = "GAVE_UP", _("Tried for too long")
    REFUSED = "REFUSED", _("Refused by the mail server")
    COPIES_REFUSED = "COPIES_REFUSED", _("A copy was refused")
    CONNECTION_LOST = "CONNECTION_LOST", _("Connection lost while sending")
    WORKER_LOST = "WORKER_LOST", _("Interrupted while sending")
    NOT_SENT = "NOT_SENT", _("Found not to have gone out")


@dataclass(frozen=True)
class Stop:
    """The email fails."""

    code: str
    reason: str


class Pace(NamedTuple):
    """So many emails, every so often."""

    emails: int
    every: timedelta


@dataclass(frozen=True)
class Wait:
    """The email is tried again at `until`.

    `queue` is who else waits for the same reason, and `pace` how fast they may follow from then on.
    """

    code: str
    reason: str
    until: datetime
    queue: Q | None = None
    pace: Pace | None = None
