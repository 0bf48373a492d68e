"""The queue of emails to send: who takes which, for how long, and what goes back into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet
from django.utils.translation import gettext as _

from activities.emails.failures import Code, Wait
from activities.emails.files import files_without_content
from activities.emails.models import Email

State = Email.State

# Longer than all emails of one claim take, however slow the server.
LEASE = timedelta(minutes=15)
# What one email may take at most: nothing is begun with less than that left.
LONGEST_SEND = timedelta(minutes=10)


def due_senders(now: datetime) -> list[int]:
    """Who has emails to send now, whoever waits longest first."""
    due = Email.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now)
    oldest = due.values("sender").annotate(since=Min("next_attempt_at")).order_by("since", "sender")
    return list(oldest.values_list("sender", flat=True))


@transaction.atomic
def claim(*, sender: int, now: datetime, limit: int) -> list[Email]:
    """Take the oldest due emails of a sender that no other worker is taking."""
    due = (
        Email.objects.filter(state=State.SCHEDULED, next_attempt_at__lte=now, sender=sender)
        .order_by("next_attempt_at", "pk")
        .select_for_update(skip_locked=True)
    )
    taken = list(due.values_list("pk", flat=True)[:limit])
    emails = Email.objects.filter(pk__in=taken)
    emails.update(state=State.IN_PROGRESS, lease_until=now + LEASE, updated_at=now)
    return list(with_all_to_send(emails).order_by("next_attempt_at", "pk"))


def with_all_to_send(emails: QuerySet[Email]) -> QuerySet[Email]:
    """With everything that gates and rendering look at."""
    related = ("sender", "person", "identity", "template", "follow_up_to")
    return emails.select_related(*related).prefetch_related(files_without_content(), "links")


@transaction.atomic
def put_off(*, emails: Sequence[Email], wait: Wait, now: datetime) -> None:
    """Put claimed emails back to wait, with all of the queue that would only be told the same.

    Emails that are not held any more, as those cancelled meanwhile, are left alone.
    """
    mine = [email.pk for email in emails]
    held = Q(pk__in=mine, state=State.IN_PROGRESS, lease_until=emails[0].lease_until)
    waiting = Email.objects.filter(held)
    if wait.queue is not None:
        due = Email.objects.filter(
            wait.queue, state=State.SCHEDULED, next_attempt_at__lte=now
        ).values("pk")
        waiting = Email.objects.filter(held | Q(pk__in=due))
    waiting = waiting.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True)
    _schedule_again(list(waiting.values_list("pk", flat=True)), wait, now)


def _schedule_again(emails: Sequence[int], wait: Wait, now: datetime) -> None:
    """At `wait.until`, or from then on at its pace."""
    times = [wait.until] * len(emails)
    if wait.pace:
        times = [
            wait.until + place // wait.pace.emails * wait.pace.every for place in range(len(emails))
        ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Email._meta.db_table} AS email"  # noqa: S608, SLF001
            " SET state = %s, next_attempt_at = again.at, lease_until = NULL,"
            " transmitting_at = NULL, reason_code = %s, reason = %s, updated_at = %s"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS again(id, at)"
            " WHERE email.id = again.id",
            [State.SCHEDULED, wait.code, wait.reason, now, list(emails), times],
        )


def hand_back(*, emails: Iterable[Email], now: datetime) -> None:
    """Let another run have claimed emails that were not begun."""
    for email in emails:
        Email.objects.filter(
            pk=email.pk, state=State.IN_PROGRESS, lease_until=email.lease_until
        ).update(state=State.SCHEDULED, lease_until=None, updated_at=now)


def settle_lost_leases(now: datetime) -> None:
    """What a worker left behind: not begun, it is due again; begun, nobody knows."""
    # A lease of the far future is one from before the clock was set back.
    is_lost = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    lost = Email.objects.filter(is_lost, state=State.IN_PROGRESS)
    lost.filter(transmitting_at=None).update(
        state=State.SCHEDULED, next_attempt_at=now, lease_until=None, updated_at=now
    )
    lost.filter(transmitting_at__isnull=False).update(
        state=State.UNCERTAIN,
        reason_code=Code.WORKER_LOST,
        reason=_("Sending was interrupted; it may or may not have gone out."),
        next_attempt_at=None,
        lease_until=None,
        settled_at=now,
        updated_at=now,
    )
