"""What sellers do with people in campaigns. The limits hold under row locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from activities.campaigns.exits import Ending, end_members, entries
from activities.campaigns.models import Campaign, Launch, Member, StepRun
from activities.campaigns.moves import go_on, locked_members, save_members
from activities.campaigns.schedule import Progress, plan_next
from activities.campaigns.selectors import clock_of, steps_of
from activities.emails.identities import default_identity
from activities.emails.models import Email, SenderIdentity
from activities.emails.services import UNDELIVERED, cancel_emails, retry
from activities.models import Activity
from activities.recording import record_all
from activities.reminders.services import skip_reminder
from people.errors import Refused
from people.models import Person

Edits = Mapping[int, tuple[str, str]]
State, RunState = Member.State, StepRun.State
# Longer lists of names are cut.
NAMED = 5
FARTHEST_START = timedelta(days=365)


@transaction.atomic
def launch(
    *,
    campaign: Campaign,
    seller: Any,
    people: Iterable[Person],
    starts_at: datetime,
    now: datetime,
    identity: SenderIdentity | None = None,
    edits: Edits | None = None,
) -> Launch:
    """Add people to a campaign, all or nobody, and record that they were.

    Day 1 is that of `starts_at` in the seller's time zone; a moment that has passed means now.
    `edits` are subject and body of the first email for single people. Raises Refused.
    """
    campaign = Campaign.objects.select_for_update().get(pk=campaign.pk)
    get_user_model().objects.select_for_update(no_key=True).get(pk=seller.pk)
    people = sorted(set(people), key=lambda person: person.pk)
    _check_limits(seller, people, now=now)
    _check_people(campaign, people)
    if starts_at - now > FARTHEST_START:
        raise Refused(_("A campaign starts within a year."))
    batch = Launch.objects.create(
        campaign=campaign,
        seller=seller,
        identity=identity or default_identity(seller),
        starts_at=max(starts_at, now),
        time_zone=seller.time_zone,
        created_at=now,
    )
    members = Member.objects.bulk_create(_members(batch, people, edits or {}, now=now))
    record_all(entries(Activity.Kind.CAMPAIGN_ADDED, members, now=now), now=now)
    return batch


@transaction.atomic
def remove_members(*, members: Iterable[Member], by: Any, now: datetime) -> int:
    """End them at once; return how many were still in the campaign."""
    removed = Ending(State.REMOVED, _("Removed by %(name)s") % {"name": by.name})
    stopped = Ending(State.STOPPED, _("Stopped by %(name)s") % {"name": by.name})
    endings = {
        member: removed if member.seller_id == by.pk else stopped
        for member in locked_members(_ids(members))
    }
    return end_members(endings, now=now)


@transaction.atomic
def pause_members(*, members: Iterable[Member], by: Any, now: datetime) -> int:
    """Begin no further step until they are resumed; return how many ran."""
    pausing = [
        member
        for member in locked_members(_ids(members))
        if member.state in (State.ACTIVE, State.WAITING)
    ]
    for member in pausing:
        member.state = State.PAUSED
        member.next_step, member.next_step_at = None, None
        member.note = _("Paused by %(name)s") % {"name": by.name}
    save_members(pausing)
    return len(pausing)


@transaction.atomic
def resume_members(*, members: Iterable[Member], by: Any, now: datetime) -> int:
    """Go on where they were paused: nothing that fell due meanwhile is made up for at once."""
    resuming = [member for member in locked_members(_ids(members)) if member.state == State.PAUSED]
    _resume(resuming, now=now)
    return len(resuming)


@transaction.atomic
def retry_members(*, members: Iterable[Member], by: Any, now: datetime) -> int:
    """Try the step that failed again; return for how many members one had."""
    tried = 0
    for member in _held_back(members):
        run = member.runs.filter(state=RunState.FAILED).select_related("email").first()
        if run is None:
            go_on([member], now=now, not_before=now)
        elif run.email and run.email.state in UNDELIVERED:
            retry(email=run.email, now=now)
            run.state = RunState.OPEN
            run.save(update_fields=["state"])
            Member.objects.filter(pk=member.pk).update(note="")
        else:
            continue
        tried += 1
    return tried


@transaction.atomic
def skip_step(*, members: Iterable[Member], by: Any, now: datetime) -> int:
    """Leave the step they wait for undone and go on; return how many members do."""
    skipped = 0
    for member in locked_members(_ids(members)):
        run = member.runs.filter(state__in=[RunState.OPEN, RunState.FAILED]).first()
        if member.state == State.WAITING and run and _is_given_up(run, now=now):
            run.state, run.settled_at = RunState.SKIPPED, now
            run.save(update_fields=["state", "settled_at"])
            go_on([member], now=now)
            skipped += 1
    return skipped


def _is_given_up(run: StepRun, *, now: datetime) -> bool:
    """Whether what the step brought about can be, and is, called off."""
    if run.reminder:
        StepRun.objects.filter(pk=run.pk).update(state=RunState.SKIPPED, settled_at=now)
        skip_reminder(reminder=run.reminder, now=now)
        return True
    emails = Email.objects.filter(step_run=run)
    reason = _("This step of the campaign was skipped.")
    cancel_emails(emails=emails, code="STEP_SKIPPED", reason=reason, now=now)
    return not emails.filter(state=Email.State.IN_PROGRESS).exists()


def _held_back(members: Iterable[Member]) -> list[Member]:
    """Those that wait because a step failed, not because one is still open."""
    waiting = [member for member in locked_members(_ids(members)) if member.state == State.WAITING]
    is_open = set(
        StepRun.objects.filter(member__in=waiting, state=RunState.OPEN).values_list(
            "member_id", flat=True
        )
    )
    return [member for member in waiting if member.pk not in is_open]


def _resume(members: Sequence[Member], *, now: datetime) -> None:
    unsettled = dict(
        StepRun.objects.filter(
            member__in=members, state__in=[RunState.OPEN, RunState.FAILED]
        ).values_list("member_id", "email__reason")
    )
    waiting = [member for member in members if member.pk in unsettled]
    for member in waiting:
        member.state, member.note = State.WAITING, unsettled[member.pk] or ""
    save_members(waiting)
    go_on([m for m in members if m.pk not in unsettled], now=now, not_before=now)


def _members(
    batch: Launch, people: Sequence[Person], edits: Edits, *, now: datetime
) -> list[Member]:
    """Nobody has begun yet, so that one plan holds for all."""
    steps = list(steps_of(batch.campaign))
    first = plan_next(steps=steps, progress=Progress(), clock=clock_of(batch.campaign, batch))
    if first is None:
        raise Refused(_("“%(name)s” has no steps yet.") % {"name": batch.campaign.name})
    return [
        Member(
            campaign=batch.campaign,
            launch=batch,
            person=person,
            seller=batch.seller,
            next_step=first.step,
            next_step_at=first.at,
            first_subject=edits.get(person.pk, ("", ""))[0],
            first_body_html=edits.get(person.pk, ("", ""))[1],
            started_at=now,
        )
        for person in people
    ]


def _check_limits(seller: Any, people: Sequence[Person], *, now: datetime) -> None:
    if not people:
        raise Refused(_("Choose at least one person."))
    if len(people) > Launch.MAX_PEOPLE:
        raise Refused(
            _("You can add %(limit)d people at a time, and these are %(count)d.")
            % {"limit": Launch.MAX_PEOPLE, "count": len(people)}
        )
    running = Member.objects.filter(seller=seller, state__in=Member.OPEN_STATES).count()
    room = Member.MAX_RUNNING_PER_USER - running
    if len(people) > room:
        raise Refused(
            _(
                "You may have %(limit)d people in running campaigns, and %(running)d are. "
                "Choose at most %(room)d, or remove some first."
            )
            % {"limit": Member.MAX_RUNNING_PER_USER, "running": running, "room": max(room, 0)}
        )
    today = now.astimezone(ZoneInfo(seller.time_zone)).replace(hour=0, minute=0, second=0)
    launches = seller.campaign_launches.filter(
        created_at__gte=today, created_at__lt=today + timedelta(days=1)
    )
    if launches.count() >= Launch.MAX_PER_USER_AND_DAY:
        raise Refused(
            _("You launched campaigns %(limit)d times today. Go on tomorrow.")
            % {"limit": Launch.MAX_PER_USER_AND_DAY}
        )


def _check_people(campaign: Campaign, people: Sequence[Person]) -> None:
    if campaign.archived_at:
        raise Refused(_("This campaign is archived. Take it out of the archive first."))
    gone = [person.name for person in people if person.state == Person.State.REMOVED]
    if gone:
        raise Refused(_("No longer here: %(names)s.") % {"names": _named(gone)})
    inside = Member.objects.filter(
        campaign=campaign, person__in=people, state__in=Member.OPEN_STATES
    ).select_related("person")
    if names := [member.person.name for member in inside]:
        raise Refused(_("Already in this campaign: %(names)s.") % {"names": _named(names)})


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    rest = len(names) - NAMED
    return (
        _("%(names)s and %(count)d more") % {"names": shown, "count": rest} if rest > 0 else shown
    )


def _ids(members: Iterable[Member]) -> list[int]:
    return [member.pk for member in members]
