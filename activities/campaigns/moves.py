"""What moves a member: a step is over, and the next one is planned, or the campaign is finished.

Each function works in the caller's transaction on rows that it, or the caller, has locked. Rows are
locked in this order everywhere: emails and reminders, then members, then the counters of people,
which recording an activity adds to. So an activity is recorded after members were moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from activities.campaigns.models import Member, StepRun
from activities.campaigns.schedule import Progress, plan_next
from activities.campaigns.selectors import clock_of, progress_by_member, steps_by_campaign
from activities.emails.models import Email
from activities.reminders.models import Reminder

RunState, State = StepRun.State, Member.State


def locked_members(pks: Iterable[int]) -> list[Member]:
    """These members, and what their open steps brought about, held until the transaction ends."""
    pks = list(pks)
    unsettled = StepRun.objects.filter(member__in=pks, state__in=[RunState.OPEN, RunState.FAILED])
    for model, name in ((Email, "email_id"), (Reminder, "reminder_id")):
        rows = model._default_manager.filter(pk__in=unsettled.values(name))  # noqa: SLF001
        list(rows.order_by("pk").select_for_update().values_list("pk"))
    members = Member.objects.filter(pk__in=pks).order_by("pk")
    return list(
        members.select_related("campaign", "launch", "person", "seller").select_for_update(
            of=("self",)
        )
    )


def go_on(members: Sequence[Member], *, now: datetime, not_before: datetime | None = None) -> None:
    """Point each at its next step, or finish it when there is none."""
    steps = steps_by_campaign({member.campaign_id for member in members})
    progress = progress_by_member(members)
    for member in members:
        planned = plan_next(
            steps=steps[member.campaign_id],
            progress=progress.get(member.pk, Progress()),
            clock=clock_of(member.campaign, member.launch),
            not_before=not_before,
        )
        member.note = ""
        if planned:
            member.state, member.ended_at = State.ACTIVE, None
            member.next_step, member.next_step_at = planned.step, planned.at
        else:
            member.state, member.ended_at = State.FINISHED, now
            member.next_step, member.next_step_at = None, None
    save_members(members)


def save_members(members: Sequence[Member]) -> None:
    fields = ["state", "next_step", "next_step_at", "note", "ended_at", "is_success"]
    Member.objects.bulk_update(members, fields, batch_size=500)


def settle_run(run: StepRun, state: StepRun.State, *, now: datetime) -> None:
    """The step is over: its member goes on, unless it is paused or has ended."""
    run.state, run.settled_at = state, now
    run.save(update_fields=["state", "settled_at"])
    (member,) = locked_members([run.member_id])
    if member.state == State.WAITING:
        go_on([member], now=now)


def hold_run(run: StepRun, state: StepRun.State, note: str) -> None:
    """The step is not over: its member waits, with the reason to be read."""
    run.state, run.settled_at = state, None
    run.save(update_fields=["state", "settled_at"])
    Member.objects.filter(pk=run.member_id, state__in=[State.ACTIVE, State.WAITING]).update(
        state=State.WAITING, next_step=None, next_step_at=None, note=note
    )
