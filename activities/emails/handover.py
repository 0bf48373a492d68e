"""The last step before the server: the limits, and the mark that from now on it may have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F

from activities.emails.addresses import for_envelope
from activities.emails.copies import copies_of
from activities.emails.failures import Stop, Wait
from activities.emails.gate_context import GateContext
from activities.emails.gates import check_daily_cap, check_only_in_batch
from activities.emails.message import build_message, from_header, message_id_of
from activities.emails.models import DeliveryChannel, Email, SenderIdentity
from activities.emails.rendering import Rendered
from activities.emails.settling import Superseded
from activities.emails.smtp import Envelope
from activities.emails.throttle import take_slot
from activities.emails.tracking.addresses import public_address
from activities.emails.tracking.tagging import tag_links
from activities.emails.tracking.verp import return_path


@dataclass(frozen=True)
class Parcel:
    """What goes to the server of which channel."""

    channel: DeliveryChannel
    envelope: Envelope
    message: bytes


class Held(Exception):
    """A limit is reached, as counted under its lock."""

    def __init__(self, verdict: Stop | Wait) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def hand_over(*, email: Email, context: GateContext, now: datetime) -> Parcel:
    """Commit that the server may have the email from now on, and what it is that goes out.

    The email has passed the gates. Raises Held, or Superseded when somebody cancelled it.
    """
    channel, identity = context.channel_of(email), email.identity
    if channel is None or identity is None:
        raise ValueError("The gates let an email pass without channel or identity.")
    rendered = context.rendered(email)
    with transaction.atomic():
        # Under this lock the sender's emails are counted. NO KEY: foreign keys may still be made.
        users = get_user_model().objects.select_for_update(no_key=True)
        users.values_list("pk").get(pk=email.sender_id)
        context.look_again(email)
        verdict = (
            check_only_in_batch(email, context)
            or check_daily_cap(email, context)
            or take_slot(channel=channel, now=now)
        )
        if verdict:
            raise Held(verdict)
        base = public_address(context.settings)
        html = tag_links(email=email, html=rendered.html, base=base)
        message = build_message(
            email=email, identity=identity, rendered=rendered, html=html, base=base, now=now
        )
        parcel = Parcel(channel, _envelope(email, identity, channel), message)
        # Last, for what could not be written is not on its way.
        _mark_transmitting(email, identity, rendered, now)
    return parcel


def _mark_transmitting(
    email: Email, identity: SenderIdentity, rendered: Rendered, now: datetime
) -> None:
    as_claimed = Email.objects.filter(
        pk=email.pk,
        state=Email.State.IN_PROGRESS,
        lease_until=email.lease_until,
        transmitting_at=None,
    )
    values = {
        "transmitting_at": now,
        "to_address": email.person.email,
        "sent_subject": rendered.subject,
        "sent_html": rendered.html,
        "sent_text": rendered.text,
        "from_header": from_header(identity),
        "message_id": message_id_of(email, identity),
        "updated_at": now,
    }
    if not as_claimed.update(attempts=F("attempts") + 1, **values):
        raise Superseded
    email.attempts += 1
    for name, value in values.items():
        setattr(email, name, value)


def _envelope(email: Email, identity: SenderIdentity, channel: DeliveryChannel) -> Envelope:
    """Cc and Bcc get the same message; only the envelope names who is in Bcc."""
    sender = identity.address
    if channel.has_verp:
        mailbox = channel.imap_user if "@" in channel.imap_user else identity.address
        sender = return_path(email=email, mailbox=mailbox)
    everybody = (email.person.email, *email.cc, *email.bcc, *copies_of(email))
    addresses = map(for_envelope, everybody)
    # Whoever is in To and in Cc gets it once.
    recipients = {address.lower(): address for address in addresses}
    return Envelope(for_envelope(sender), list(recipients.values()))
