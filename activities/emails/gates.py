"""What an email has to pass before it goes out, in order; upper floors add gates of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.emails.addresses import is_address
from activities.emails.daily_cap import next_day
from activities.emails.failures import Code, Pace, Stop, Wait
from activities.emails.fields import KNOWN_FIELDS
from activities.emails.gate_context import GateContext, recipients_of
from activities.emails.models import DeliveryChannel, Email
from people.models import Person

Verdict = Stop | Wait | None


class Gate(NamedTuple):
    """`check` says what stops the email or keeps it waiting; None lets it pass."""

    name: str
    check: Callable[[Email, GateContext], Verdict]


def check_identity(email: Email, context: GateContext) -> Verdict:
    identity = email.identity
    if not email.sender.is_active:
        return Stop(Code.SENDER_INACTIVE, _("The sender's account is not active any more."))
    if identity is None or identity.user_id != email.sender_id:
        return Stop(Code.NO_IDENTITY, _("There is no From address. Add one in My email."))
    if identity.verified_at is None:
        return Stop(
            Code.IDENTITY_NOT_VERIFIED,
            _("The From address %(address)s is not verified yet.") % {"address": identity.address},
        )
    return None


def check_channel(email: Email, context: GateContext) -> Verdict:
    channel = context.channel_of(email)
    if channel is None:
        return Stop(Code.NO_CHANNEL, _("There is no mail server to send by. Set one up first."))
    if channel.state == DeliveryChannel.State.NEEDS_ATTENTION:
        reason = _("The mail server needs attention: %(reason)s") % {"reason": channel.state_reason}
        until = context.now + context.RECHECK_BROKEN
        return Wait(Code.CHANNEL_BROKEN, reason, until, context.queue_of(channel))
    if channel.paused_until and channel.paused_until > context.now:
        reason = channel.state_reason or _("The mail server asked to try later.")
        return Wait(Code.CHANNEL_PAUSED, reason, channel.paused_until, context.queue_of(channel))
    return None


def check_daily_cap(email: Email, context: GateContext) -> Wait | None:
    cap = context.settings.daily_cap
    if context.sent_today(email) < cap:
        return None
    return Wait(
        Code.DAILY_CAP,
        ngettext("One email a day is the limit.", "%(cap)d emails a day are the limit.", cap)
        % {"cap": cap},
        next_day(email.sender, context.now),
        Q(sender=email.sender_id),
        Pace(max(cap, 1), timedelta(days=1)),
    )


def check_recipient(email: Email, context: GateContext) -> Verdict:
    person = email.person
    if person.state == Person.State.REMOVED:
        reason = person.get_removed_reason_display()
        return Stop(
            Code.PERSON_REMOVED,
            _("%(person)s left the workspace: %(reason)s.") % {"person": person, "reason": reason},
        )
    if not person.email:
        return Stop(
            Code.NO_ADDRESS, _("%(person)s has no email address.") % {"person": person.name}
        )
    if not is_address(person.email):
        return Stop(
            Code.BAD_ADDRESS, _("“%(text)s” is not an email address.") % {"text": person.email}
        )
    for address in recipients_of(email):
        if message := context.bounced.get(address.lower()):
            return Stop(
                Code.ADDRESS_BOUNCED,
                _("%(address)s does not take mail: %(message)s")
                % {"address": address, "message": message},
            )
    return check_only_in_batch(email, context)


def check_only_in_batch(email: Email, context: GateContext) -> Stop | None:
    if not context.is_twice_in_batch(email):
        return None
    return Stop(
        Code.DUPLICATE_ADDRESS,
        _("Somebody else in this send has the address %(address)s and gets the email.")
        % {"address": email.person.email},
    )


def check_blocked_domain(email: Email, context: GateContext) -> Verdict:
    for address in recipients_of(email):
        if domain := context.blocked_domain_of(address):
            return Stop(
                Code.BLOCKED_DOMAIN,
                _("Nobody writes to %(domain)s: your admin blocked it.") % {"domain": domain},
            )
    return None


def check_unsubscribed(email: Email, context: GateContext) -> Verdict:
    if email.is_non_commercial:
        return None
    if email.person_id in context.unsubscribed_people:
        return Stop(Code.UNSUBSCRIBED, _("%(name)s unsubscribed.") % {"name": email.person.name})
    for address in recipients_of(email):
        if address.lower() in context.unsubscribed_addresses:
            return Stop(Code.UNSUBSCRIBED, _("%(name)s unsubscribed.") % {"name": address})
    return None


def check_content(email: Email, context: GateContext) -> Verdict:
    first = email.follow_up_to
    if first and first.state in context.UNSENT_YET:
        return Wait(
            Code.FIRST_NOT_SENT,
            _("The email this one follows up is not sent yet."),
            context.now + context.RECHECK_FIRST,
        )
    rendered = context.rendered(email)
    if rendered.prompts:
        return Stop(
            Code.PROMPT_LEFT,
            _("Something is left to write: “%(prompt)s”.") % {"prompt": rendered.prompts[0]},
        )
    if rendered.unresolved:
        return Stop(Code.UNRESOLVED_FIELD, _unresolved(rendered.unresolved))
    return None


def _unresolved(names: Sequence[str]) -> str:
    unknown = [name for name in names if name not in KNOWN_FIELDS]
    words = (
        _("There is no dynamic field %(names)s. Take it out of the email.")
        if unknown
        else _("There is no value for %(names)s. Give it a default value.")
    )
    return words % {"names": ", ".join(f"{{{{{name}}}}}" for name in unknown or names)}


send_gates = [
    Gate("identity", check_identity),
    Gate("channel", check_channel),
    Gate("daily_cap", check_daily_cap),
    Gate("recipient", check_recipient),
    Gate("blocked_domain", check_blocked_domain),
    Gate("unsubscribed", check_unsubscribed),
    Gate("content", check_content),
]


def add_gate(gate: Gate, *, before: str) -> None:
    """Add a gate in front of the one of this name."""
    names = [known.name for known in send_gates]
    send_gates.insert(names.index(before), gate)


def verdict_on(email: Email, context: GateContext) -> Verdict:
    """What the first gate that doesn't let it pass says."""
    for gate in send_gates:
        if verdict := gate.check(email, context):
            return verdict
    return None
