"""Sending what is due over SMTP: never twice, nothing lost, whatever breaks in between.

Claimed under a lease, an email passes the gates. Then `transmitting_at` is committed, with all that
goes out, and only then does the server hear of it. What it answers is settled at once. Whoever is
killed before `transmitting_at` leaves an email that is due again; after it, an uncertain one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DataError, connection
from django.utils.translation import gettext as _

from activities.emails import channels, queue, settling
from activities.emails.connections import Connections
from activities.emails.failures import Code, Stop, Wait
from activities.emails.gate_context import GateContext
from activities.emails.gates import verdict_on
from activities.emails.handover import Held, Parcel, hand_over
from activities.emails.models import DeliveryChannel, Email
from activities.emails.smtp import Blame, SmtpFailure, Unclear

logger = logging.getLogger(__name__)

# How many senders one worker serves at once.
LANES = 4
# Of one sender at a time, so that nobody waits for somebody else's thousand.
SHARE = 20
# How old what the gates know may get.
FRESH = timedelta(seconds=5)
# A run begins with no further sender then, and the next one goes on.
LONGEST_RUN = timedelta(minutes=4)
# For a server that cannot be reached or has closed.
PAUSE = timedelta(minutes=2)
# After each attempt that the server put off; after the last one the email fails.
RETRY_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, *[60] * 8, *[180] * 4)]
# What rendering and building raise for input that nobody foresaw. It must not keep the others back.
UNWRITABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError, DataError)


class Lane(NamedTuple):
    """Every so-manieth sender."""

    number: int
    lanes: int


EVERYBODY = Lane(0, 1)


def send_due_in_lanes(*, now: datetime, limit: int) -> int:
    """As `send_due`, with several senders at once, each lane in a thread and up to its `limit`.

    So the worker has work while servers take their time, and a slow one holds up few. Nobody is
    in two lanes, for servers allow a user only a few connections.
    """
    if len(queue.due_senders(now)) <= 1:
        return send_due(now=now, limit=limit)

    def send(number: int) -> int:
        try:
            return send_due(now=now, limit=limit, lane=Lane(number, LANES))
        finally:
            connection.close()

    with ThreadPoolExecutor(LANES) as pool:
        return sum(pool.map(send, range(LANES)))


def send_due(*, now: datetime, limit: int = 500, lane: Lane = EVERYBODY) -> int:
    """Send what is due, or say what keeps it, for at most `limit` emails; return how many."""
    clock = _clock(now)
    queue.settle_lost_leases(now)
    handled = 0
    with Connections() as connections:
        while claimed := _send_round(
            connections, clock, limit - handled, lane, until=now + LONGEST_RUN
        ):
            handled += claimed
    return handled


Clock = Callable[[], datetime]


def _clock(now: datetime) -> Clock:
    """`now`, and from then on by a clock that nobody sets."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def _send_round(
    connections: Connections, clock: Clock, limit: int, lane: Lane, *, until: datetime
) -> int:
    """A share of each sender's due emails, whoever waits longest first."""
    claimed = 0
    for sender in queue.due_senders(clock()):
        if sender % lane.lanes != lane.number:
            continue
        if claimed >= limit or clock() >= until:
            break
        share = min(SHARE, limit - claimed)
        emails = queue.claim(sender=sender, now=clock(), limit=share)
        claimed += len(emails)
        _send_all(emails, connections, clock)
    return claimed


def _send_all(emails: Sequence[Email], connections: Connections, clock: Clock) -> None:
    """Send the claimed emails of one sender."""
    context: GateContext | None = None
    for place, email in enumerate(emails):
        now = clock()
        rest = emails[place:]
        if email.lease_until is None or email.lease_until - now < queue.LONGEST_SEND:
            queue.hand_back(emails=rest, now=now)
            return
        if context is None or now - context.now > FRESH:
            context = GateContext(rest, now)
        try:
            wait = _send(email, context, connections, clock)
        except settling.Superseded:
            logger.info("Email %s was decided about while it was in progress.", email.pk)
            continue
        if wait is None:
            continue
        queue.put_off(emails=rest if wait.queue else [email], wait=wait, now=clock())
        if wait.queue:
            return


def _send(
    email: Email, context: GateContext, connections: Connections, clock: Clock
) -> Wait | None:
    """Settle the email, or say what it waits for."""
    try:
        prepared = _prepare(email, context, connections, clock)
    except UNWRITABLE as error:
        logger.exception("Email %s cannot be written.", email.pk)
        words = _("This email cannot be written as a message: %(error)s")
        prepared = Stop(Code.UNWRITABLE, words % {"error": error})
    if isinstance(prepared, Wait):
        return prepared
    if isinstance(prepared, Stop):
        settling.settle_failed(email=email, stop=prepared, now=clock())
        return None
    context.count_as_sent(email)
    return _transmit(email, prepared, connections, clock)


def _prepare(
    email: Email, context: GateContext, connections: Connections, clock: Clock
) -> Parcel | Stop | Wait:
    """What goes to the server, which may have it from now on; or what keeps the email from it."""
    if verdict := verdict_on(email, context):
        return verdict
    channel = context.channel_of(email)
    if channel is None:
        raise ValueError("The gates let an email pass without a channel.")
    try:
        connections.open(channel)
        return hand_over(email=email, context=context, now=clock())
    except SmtpFailure as failure:
        return _hold_up(channel, failure, clock())
    except Held as held:
        return held.verdict


def _transmit(email: Email, parcel: Parcel, connections: Connections, clock: Clock) -> Wait | None:
    try:
        refused = connections.send(parcel.channel, parcel.envelope, parcel.message)
    except SmtpFailure as failure:
        return _not_sent(email, parcel.channel, failure, clock())
    except Unclear as unclear:
        reason = _("The connection ended before the server had answered: %(reason)s")
        stop = Stop(Code.CONNECTION_LOST, reason % {"reason": unclear})
        settling.settle_uncertain(email=email, stop=stop, now=clock())
        return None
    _settle_sent(email, clock(), _remark_on(refused))
    return None


def _settle_sent(email: Email, now: datetime, remark: Stop | None) -> None:
    """Also when it took so long that the email is taken for uncertain by now."""
    try:
        settling.settle_sent(email=email, sent_at=now, now=now, remark=remark)
    except settling.Superseded:
        email.state, email.lease_until, email.sent_at = Email.State.UNCERTAIN, None, None
        settling.settle_sent(email=email, sent_at=now, now=now, remark=remark)


def _remark_on(refused: Mapping[str, str]) -> Stop | None:
    """Who in Cc or Bcc did not get what went out."""
    if not refused:
        return None
    who = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
    return Stop(Code.COPIES_REFUSED, _("Sent, but not to %(who)s") % {"who": who})


def _not_sent(
    email: Email, channel: DeliveryChannel, failure: SmtpFailure, now: datetime
) -> Wait | None:
    if failure.blame is not Blame.MESSAGE:
        return _hold_up(channel, failure, now)
    if failure.is_permanent:
        settling.settle_failed(email=email, stop=Stop(Code.REFUSED, str(failure)), now=now)
        return None
    if email.attempts > len(RETRY_AFTER):
        words = _("Tried %(attempts)d times; the last answer was: %(answer)s")
        reason = words % {"attempts": email.attempts, "answer": failure}
        settling.settle_failed(email=email, stop=Stop(Code.GAVE_UP, reason), now=now)
        return None
    return Wait(Code.TRY_LATER, str(failure), now + RETRY_AFTER[email.attempts - 1])


def _hold_up(channel: DeliveryChannel, failure: SmtpFailure, now: datetime) -> Wait:
    """Have everything that goes by this channel wait."""
    reason = str(failure)
    if failure.blame is Blame.SETTINGS:
        channels.mark_broken(channel=channel, reason=reason)
        code, until = Code.CHANNEL_BROKEN, now + GateContext.RECHECK_BROKEN
    else:
        code, until = Code.CHANNEL_PAUSED, now + PAUSE
        channels.pause(channel=channel, until=until, reason=reason)
    return Wait(code, reason, until, channels.queue_of(channel))
