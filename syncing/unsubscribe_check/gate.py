"""The gate that asks Marketo, right before an email goes out, whether it may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.core.cache import cache
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from activities.emails.failures import Stop, Wait
from activities.emails.gate_context import GateContext, recipients_of
from activities.emails.gates import Gate, Verdict, add_gate
from activities.emails.models import Email
from syncing.errors import SyncError, Transient
from syncing.models import MarketoConnection
from syncing.unsubscribe_check.answers import TOO_COMMON, flags_of
from syncing.unsubscribe_check.services import is_on

BLOCKED = "MARKETO_UNSUBSCRIBED"
UNANSWERED = "MARKETO_UNANSWERED"
REASONS: dict[str, str | Promise] = {
    "unsubscribed": gettext_lazy("%(address)s is unsubscribed in Marketo."),
    "blackListed": gettext_lazy("%(address)s is on Marketo's block list."),
    "emailInvalid": gettext_lazy("%(address)s is marked as invalid in Marketo."),
}
RECHECK_TRANSIENT = timedelta(minutes=1)
RECHECK = timedelta(minutes=5)
# So long nobody asks again, so that a page and a thousand emails don't wait for the same silence.
TROUBLE_SECONDS = 30
_TROUBLE = "unsubscribe-check-trouble"


def check_marketo(email: Email, context: GateContext) -> Verdict:
    """Fails closed: without an answer the email waits, and asks again by itself."""
    if email.is_non_commercial:
        return None
    flags = context.ask_once(_look_up)
    if isinstance(flags, Wait):
        return flags
    for address in recipients_of(email) if flags else ():
        flag = flags[address.lower()]
        if flag == TOO_COMMON:
            reason = _("more than 1,000 leads have the address %(address)s.")
            return _wait(context, reason % {"address": address}, RECHECK)
        if flag:
            return Stop(BLOCKED, REASONS[flag] % {"address": address})
    return None


def _look_up(context: GateContext) -> Mapping[str, str] | Wait:
    """The flags of all addresses of these emails; nothing when the check is off."""
    if not is_on():
        return {}
    marketo = MarketoConnection.objects.first()
    if marketo is None:
        return _wait(context, _("Marketo is not connected."), RECHECK)
    addresses = {
        address.lower()
        for email in context.emails
        if not email.is_non_commercial
        for address in recipients_of(email)
        if address
    }
    try:
        if reason := cache.get(_TROUBLE):
            return _wait(context, reason, RECHECK_TRANSIENT)
        return flags_of(addresses, marketo, now=context.now)
    except SyncError as error:
        cache.set(_TROUBLE, error.message, TROUBLE_SECONDS)
        is_passing = isinstance(error, Transient)
        return _wait(context, error.message, RECHECK_TRANSIENT if is_passing else RECHECK)
    except RedisError:
        return _wait(context, _("Redis cannot be reached."), RECHECK_TRANSIENT)


def _wait(context: GateContext, reason: str, recheck: timedelta) -> Wait:
    words = _("Marketo can't be asked whether this person unsubscribed: %(reason)s")
    return Wait(UNANSWERED, words % {"reason": reason}, context.now + recheck)


add_gate(Gate("marketo_unsubscribed", check_marketo), before="content")
