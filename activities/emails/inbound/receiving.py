"""What an incoming message does to the email that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from activities.emails import settling
from activities.emails.inbound.matching import find_email, is_our_own
from activities.emails.inbound.mime import new_text_in
from activities.emails.inbound.reading import Incoming
from activities.emails.inbound.reports import Report
from activities.emails.log_entries import bounced_entry, replied_entry
from activities.emails.models import BouncedAddress, DeliveryChannel, Email, InboundMessage
from activities.emails.signals import email_bounced, email_replied
from activities.recording import record
from people.models import Unsubscribe
from people.unsubscribes import unsubscribe

Kind = InboundMessage.Kind
State = Email.State


@dataclass(frozen=True)
class Place:
    """Where a message stands: in which mailbox, under which number."""

    channel: DeliveryChannel
    uid_validity: int
    uid: int


def receive(*, message: Incoming, place: Place, now: datetime) -> InboundMessage | None:
    """Keep the message and do what follows from it, in the caller's transaction.

    None when it is not about an email of ours, or was kept before.
    """
    report = message.report
    if message.is_report and report is None:
        return None
    found = find_email(message=message, channel=place.channel)
    if found is None or (report is None and is_our_own(message)):
        return None
    email = _locked(found)
    row, is_new = InboundMessage.objects.get_or_create(
        email=email,
        message_id=message.message_id,
        defaults={
            "channel": place.channel,
            "uid_validity": place.uid_validity,
            "uid": place.uid,
            "kind": report.kind if report else _kind_of_answer(message),
            "from_address": message.from_address[:255],
            "subject": message.subject[:500],
            "text": report.details if report else new_text_in(message.mime),
            "received_at": message.received_at,
            "created_at": now,
        },
    )
    if not is_new:
        return None
    if email.state == State.UNCERTAIN:
        # What comes back proves that it went out.
        settling.settle_sent(email=email, sent_at=email.transmitting_at or now, now=now)
    if report:
        _act_on_report(email, row, report, now)
    else:
        _act_on_answer(email, row, now)
    return row


def _locked(email: Email) -> Email:
    # No key: a hit that comes in meanwhile refers to the email, and must not wait for us.
    locked = Email.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("person", "sender", "template").get(pk=email.pk)


def _kind_of_answer(message: Incoming) -> Kind:
    return Kind.OUT_OF_OFFICE if message.is_automatic else Kind.REPLY


def _act_on_answer(email: Email, row: InboundMessage, now: datetime) -> None:
    if row.kind == Kind.REPLY:
        email.replies += 1
        email.last_engaged_at = max(row.received_at, email.last_engaged_at or row.received_at)
        email.save(update_fields=["replies", "last_engaged_at"])
        # Whoever writes from an address can be written to.
        BouncedAddress.objects.filter(address=row.from_address).delete()
    email_replied.send(sender=Email, email=email, message=row, now=now)
    if row.kind == Kind.REPLY:
        entry = replied_entry(email=email, occurred_at=row.received_at, inbound_id=row.pk)
        record(entry, now=now)


def _act_on_report(email: Email, row: InboundMessage, report: Report, now: datetime) -> None:
    if report.kind == Kind.BOUNCE:
        _bounce(email, row, report, now)
    elif report.kind == Kind.SPAM_COMPLAINT:
        _complain(email, row, now)


def _bounce(email: Email, row: InboundMessage, report: Report, now: datetime) -> None:
    to_address = email.to_address.lower()
    copies = report.addresses & {address.lower() for address in (*email.cc, *email.bcc)}
    is_for_copies = bool(copies) and to_address not in report.addresses
    # An alias may be reported by the address behind it.
    bounced = copies if is_for_copies else {to_address}
    if report.is_address_dead:
        _note_dead(bounced, email, row, now)
    # A bounce of an earlier attempt says nothing of an email that is on its way again.
    if is_for_copies or email.state != State.SENT:
        return
    _settle(email, State.BOUNCED, row.text, now)
    email_bounced.send(sender=Email, email=email, now=now)
    entry = bounced_entry(
        email=email,
        occurred_at=row.received_at,
        inbound_id=row.pk,
        address=email.to_address,
        message=row.text,
    )
    record(entry, now=now)


def _note_dead(addresses: Iterable[str], email: Email, row: InboundMessage, now: datetime) -> None:
    for address in addresses:
        BouncedAddress.objects.update_or_create(
            address=address, defaults={"message": row.text, "email": email, "bounced_at": now}
        )


def _complain(email: Email, row: InboundMessage, now: datetime) -> None:
    if email.state == State.SENT:
        _settle(email, State.SPAM, _("The reader marked it as spam."), now)
    unsubscribe(
        person=email.person,
        source=Unsubscribe.Source.COMPLAINT,
        reason=_("Marked an email as spam"),
        now=now,
    )


def _settle(email: Email, state: Email.State, reason: str, now: datetime) -> None:
    email.state, email.reason_code, email.reason = state, "", reason
    email.settled_at = email.updated_at = now
    email.save(update_fields=["state", "reason_code", "reason", "settled_at", "updated_at"])
