"""What the gates ask about, looked up once for all emails they check together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from django.db.models import Q, QuerySet

from activities.emails.addresses import domain_of
from activities.emails.channels import channels_of, queue_of
from activities.emails.daily_cap import sent_today
from activities.emails.models import (
    BlockedDomain,
    BouncedAddress,
    DeliveryChannel,
    Email,
    EmailSettings,
)
from activities.emails.rendering import Rendered, render
from people.unsubscribes import unsubscribed_addresses, unsubscribed_among

State = Email.State
Answer = TypeVar("Answer")


def recipients_of(email: Email) -> list[str]:
    return [email.person.email, *email.cc, *email.bcc]


class GateContext:
    """How things stand at `now` for these emails, which have sender, person and identity loaded."""

    RECHECK_BROKEN = timedelta(minutes=15)
    RECHECK_FIRST = timedelta(minutes=5)
    UNSENT_YET = frozenset({State.SCHEDULED, State.IN_PROGRESS, State.UNCERTAIN})

    def __init__(self, emails: Sequence[Email], now: datetime) -> None:
        self.now = now
        self.emails = emails
        self.settings = EmailSettings.load()
        self._channels = channels_of({email.sender_id for email in emails})
        self._blocked = frozenset(BlockedDomain.objects.values_list("domain", flat=True))
        addresses = {address.lower() for email in emails for address in recipients_of(email)}
        self.unsubscribed_addresses = unsubscribed_addresses(addresses)
        self.unsubscribed_people = unsubscribed_among(email.person for email in emails)
        self.bounced: dict[str, str] = dict(
            BouncedAddress.objects.filter(address__in=addresses).values_list("address", "message")
        )
        self._sent_today: Counter[int] = Counter()
        self._batch_addresses = _addresses_sent_to(emails)
        self._rendered: tuple[int, Rendered] | None = None
        self._answers: dict[Callable[..., Any], Any] = {}

    def channel_of(self, email: Email) -> DeliveryChannel | None:
        return self._channels.get(email.sender_id)

    def queue_of(self, channel: DeliveryChannel) -> Q:
        return queue_of(channel)

    def sent_today(self, email: Email) -> int:
        if email.sender_id not in self._sent_today:
            self._sent_today[email.sender_id] = sent_today(email.sender, self.now)
        return self._sent_today[email.sender_id]

    def look_again(self, email: Email) -> None:
        """See what else this sender has sent by now, in all and of this batch."""
        self._sent_today.pop(email.sender_id, None)
        if (
            email.batch_id
            and _reached([email]).filter(to_address__iexact=email.person.email).exists()
        ):
            self._batch_addresses.add((email.batch_id, email.person.email.lower()))

    def blocked_domain_of(self, address: str) -> str | None:
        """The blocked domain that the address is in, or below of."""
        labels = domain_of(address).split(".")
        domains = (".".join(labels[place:]) for place in range(len(labels)))
        return next((domain for domain in domains if domain in self._blocked), None)

    def is_twice_in_batch(self, email: Email) -> bool:
        return (email.batch_id, email.person.email.lower()) in self._batch_addresses

    def rendered(self, email: Email) -> Rendered:
        if self._rendered is None or self._rendered[0] != email.pk:
            self._rendered = (email.pk, render(email=email, settings=self.settings))
        return self._rendered[1]

    def ask_once(self, question: Callable[[GateContext], Answer]) -> Answer:
        """What a gate of an upper floor finds out for all of these emails together."""
        if question not in self._answers:
            self._answers[question] = question(self)
        return cast(Answer, self._answers[question])

    def count_as_sent(self, email: Email) -> None:
        """Let the checks of the emails that follow know that this one goes out."""
        self._sent_today[email.sender_id] = self.sent_today(email) + 1
        if email.batch_id:
            self._batch_addresses.add((email.batch_id, email.person.email.lower()))


def _addresses_sent_to(emails: Sequence[Email]) -> set[tuple[int | None, str]]:
    """By batch, the addresses that the batch has reached, or may have reached, before."""
    reached = _reached(emails).values_list("batch", "to_address")
    return {(batch, address.lower()) for batch, address in reached}


def _reached(emails: Sequence[Email]) -> QuerySet[Email]:
    """The other emails of their batches that went out, or may have."""
    batches = {email.batch_id for email in emails if email.batch_id}
    if not batches:
        return Email.objects.none()
    return (
        Email.objects.filter(batch__in=batches, transmitting_at__isnull=False)
        .exclude(pk__in=[email.pk for email in emails])
        .exclude(state=State.FAILED)
    )
