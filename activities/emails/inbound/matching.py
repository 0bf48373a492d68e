"""Which email of ours an incoming message is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.contrib.auth import get_user_model

from activities.emails.channels import queue_of
from activities.emails.inbound.reading import Incoming
from activities.emails.models import DeliveryChannel, Email, SenderIdentity
from activities.emails.tracking import verp

_SUBJECT_ID = re.compile(r"\(SIA-(\d{8,18})\)")


def find_email(*, message: Incoming, channel: DeliveryChannel) -> Email | None:
    """By the ids of messages, the return path, and last the id in the subject.

    Anybody can write a subject, so that counts only in the mailbox of whoever sent the email.
    """
    if report := message.report:
        return (
            _by_return_path(message.recipients)
            or _by_message_ids([report.message_id, *message.answers])
            or _by_subject(report.subject or message.subject, channel)
        )
    return (
        _by_message_ids(message.answers)
        or _by_return_path(message.recipients)
        or _by_subject(message.subject, channel)
    )


def is_our_own(message: Incoming) -> bool:
    """Sent by a user of this workspace, or a copy of what went out from here."""
    address = message.from_address
    return (
        Email.objects.filter(message_id=message.message_id).exists()
        or get_user_model().objects.filter(email=address).exists()
        or SenderIdentity.objects.filter(address__iexact=address).exists()
    )


def _by_message_ids(ids: Sequence[str]) -> Email | None:
    found = {email.message_id: email for email in Email.objects.filter(message_id__in=ids)}
    return next((found[each] for each in ids if each in found), None)


def _by_return_path(recipients: Iterable[str]) -> Email | None:
    pk = next(filter(None, map(verp.email_of, recipients)), None)
    return Email.objects.filter(pk=pk).first() if pk else None


def _by_subject(subject: str, channel: DeliveryChannel) -> Email | None:
    found = _SUBJECT_ID.search(subject)
    if found is None:
        return None
    return Email.objects.filter(queue_of(channel), pk=int(found[1])).first()
