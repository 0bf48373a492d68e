"""What became of an email, with its activity and the signal, in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from activities.emails.failures import Stop
from activities.emails.log_entries import sent_entry
from activities.emails.models import Email
from activities.emails.signals import email_failed, email_sent
from activities.recording import record

State = Email.State


class Superseded(Exception):
    """Somebody else decided about the email since it was read; nothing was changed."""


@transaction.atomic
def settle_sent(
    *, email: Email, sent_at: datetime, now: datetime, remark: Stop | None = None
) -> None:
    """The server took it; `remark` is what is worth knowing though it went out.

    This and the others raise Superseded when somebody else settled it meanwhile.
    """
    email.sent_at = sent_at
    _settle(email, State.SENT, remark, now)
    email_sent.send(sender=Email, email=email, now=now)
    record(sent_entry(email=email, occurred_at=sent_at), now=now)


@transaction.atomic
def settle_failed(*, email: Email, stop: Stop, now: datetime) -> None:
    """It did not go out, and will not unless somebody retries."""
    _settle(email, State.FAILED, stop, now)
    email_failed.send(sender=Email, email=email, now=now)


def settle_uncertain(*, email: Email, stop: Stop, now: datetime) -> None:
    """Nobody knows whether it went out; a person decides."""
    _settle(email, State.UNCERTAIN, stop, now)


def _settle(email: Email, state: Email.State, stop: Stop | None, now: datetime) -> None:
    """Change the row only if it stands as it was read. Raises Superseded otherwise."""
    as_read = Email.objects.filter(
        pk=email.pk,
        state=email.state,
        lease_until=email.lease_until,
        transmitting_at=email.transmitting_at,
    )
    values = {
        "state": state,
        "reason_code": stop.code if stop else "",
        "reason": stop.reason if stop else "",
        "next_attempt_at": None,
        "lease_until": None,
        "sent_at": email.sent_at,
        "settled_at": now,
        "updated_at": now,
    }
    if not as_read.update(**values):
        raise Superseded
    for name, value in values.items():
        setattr(email, name, value)
