"""The sweep: whatever is due in any campaign is begun, whichever worker comes by.

Rows that another worker holds are skipped, and a step is begun once per member: the database says
so. A member whose step can't be begun waits with the reason and keeps nobody else back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activities.campaigns.beginning import begin_steps
from activities.campaigns.exits import Ending, end_members
from activities.campaigns.models import Member, Step
from activities.campaigns.moves import go_on, locked_members
from activities.campaigns.selectors import clock_of, due_members
from activities.campaigns.spreading import slots
from activities.emails.channels import channel_for
from people.models import Person

BATCH = 500
# An email this late is put into the sending hours again; a worker restarted makes none that late.
OVERDUE_AFTER = timedelta(minutes=30)
# Between two overdue emails of a channel that has no throttle.
LEAST_SPACING = timedelta(seconds=1)

AUTOMATIC_EMAIL = Q(next_step__kind=Step.Kind.EMAIL) & ~Q(
    next_step__send_option=Step.SendOption.REMINDER
)


def advance_due(*, now: datetime, limit: int = 5_000, batch: int = BATCH) -> int:
    """Begin up to `limit` steps that are due; return how many members were seen to."""
    respread_overdue(now=now)
    done = 0
    while done < limit and (count := _advance_batch(now=now, size=min(batch, limit - done))):
        done += count
    return done


def respread_overdue(*, now: datetime) -> int:
    """Give every overdue email a new moment within its campaign's hours; return how many."""
    overdue = due_members(now=now - OVERDUE_AFTER).filter(AUTOMATIC_EMAIL)
    sellers = overdue.order_by().values_list("seller_id", flat=True).distinct()
    return sum(_respread(seller_id, now=now) for seller_id in list(sellers))


def stop_removed_people(*, now: datetime) -> int:
    """End the members whose person is no longer here; return how many."""
    gone = Member.objects.filter(
        state__in=Member.OPEN_STATES, person__state=Person.State.REMOVED
    ).values_list("pk", flat=True)
    with transaction.atomic():
        return _end_unable(locked_members(list(gone[:BATCH])), now=now)


@transaction.atomic
def _respread(seller_id: int, *, now: datetime) -> int:
    overdue = due_members(now=now - OVERDUE_AFTER).filter(AUTOMATIC_EMAIL, seller=seller_id)
    members = list(
        overdue.select_related("campaign", "launch", "seller")
        .order_by("next_step_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))
    )
    by_campaign: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        by_campaign[member.campaign_id].append(member)
    for group in by_campaign.values():
        campaign, launch = group[0].campaign, group[0].launch
        moments = slots(
            clock=clock_of(campaign, launch),
            now=now,
            closes=campaign.sends_until,
            every=_spacing(group[0]),
        )
        for member, moment in zip(group, moments, strict=False):
            member.next_step_at = moment
    Member.objects.bulk_update(members, ["next_step_at"])
    return len(members)


def _spacing(member: Member) -> timedelta:
    channel = channel_for(member.seller)
    if channel is None or channel.throttle_emails == 0:
        return LEAST_SPACING
    spacing = timedelta(seconds=channel.throttle_seconds / channel.throttle_emails)
    return max(spacing, LEAST_SPACING)


@transaction.atomic
def _advance_batch(*, now: datetime, size: int) -> int:
    members = list(
        due_members(now=now)
        .select_related("campaign", "launch__identity", "person", "seller", "next_step__template")
        .order_by("next_step_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:size]
    )
    _end_unable(members, now=now)
    active = [member for member in members if member.state == Member.State.ACTIVE]
    outdated = [member for member in active if member.next_step and member.next_step.removed_at]
    if outdated:
        # Pointed there in the moment in which the step was removed.
        go_on(outdated, now=now, not_before=now)
    _begin([member for member in active if member not in outdated], now=now)
    return len(members)


def _begin(members: Sequence[Member], *, now: datetime) -> None:
    """All at once; when the database refuses one of them, each for itself."""
    try:
        with transaction.atomic():
            begin_steps(members, now=now)
    except DatabaseError as error:
        if len(members) == 1:
            _hold_back(members[0], error)
            return
        for member in members:
            _begin([member], now=now)


def _hold_back(member: Member, error: DatabaseError) -> None:
    note = _("This step could not be begun: %(error)s") % {"error": str(error).splitlines()[0]}
    Member.objects.filter(pk=member.pk).update(
        state=Member.State.WAITING, next_step_at=None, note=note
    )


def _end_unable(members: Sequence[Member], *, now: datetime) -> int:
    """End those whom no step can reach any more."""
    endings = {
        member: Ending(Member.State.REMOVED, note)
        for member in members
        if (note := _why_unable(member))
    }
    return end_members(endings, now=now)


def _why_unable(member: Member) -> str:
    if member.person.state == Person.State.REMOVED:
        return str(member.person.get_removed_reason_display())
    if not member.seller.is_active:
        return _("The seller's account is deactivated.")
    return ""
