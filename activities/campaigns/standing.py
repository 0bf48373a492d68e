"""Where everyone in a campaign stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from activities.campaigns.models import Campaign, Member, StepRun
from activities.emails.models import Email
from people.models import Person
from people.selection import is_id

PAGE_SIZE = 50


@dataclass(frozen=True)
class Standing:
    """A member, the step begun last with what came of it, and the last email to the person."""

    member: Member
    run: StepRun | None
    email: Email | None
    may_manage: bool

    @property
    def is_held_back(self) -> bool:
        """Whether a step failed, so that somebody has to decide."""
        is_failed = self.run is None or self.run.state == StepRun.State.FAILED
        return self.member.state == Member.State.WAITING and is_failed


@dataclass(frozen=True)
class Filters:
    state: str = ""
    seller: int | None = None
    # Whoever follows the member with this key.
    after: int | None = None

    @classmethod
    def parse(cls, data: QueryDict) -> Filters:
        """Read an address; what makes no sense is left out."""
        state, seller, after = (data.get(name, "") for name in ("state", "seller", "after"))
        return cls(
            state=state if state in Member.State.values else "",
            seller=int(seller) if is_id(seller) else None,
            after=int(after) if is_id(after) else None,
        )


@dataclass(frozen=True)
class MemberPage:
    rows: list[Standing]
    next: int | None


def read_members(*, campaign: Campaign, filters: Filters, user: Any) -> MemberPage:
    """A page of those who match, the last added first."""
    members = Member.objects.filter(campaign=campaign)
    if filters.state:
        members = members.filter(state=filters.state)
    if filters.seller:
        members = members.filter(seller=filters.seller)
    if filters.after:
        members = members.filter(pk__lt=filters.after)
    found = list(_with_relations(members).order_by("-pk")[: PAGE_SIZE + 1])
    rows = standings(found[:PAGE_SIZE], user=user)
    return MemberPage(rows, found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None)


def campaigns_of(person: Person, *, user: Any) -> list[Standing]:
    """Every campaign the person is or was in, the latest first."""
    members = _with_relations(Member.objects.filter(person=person))
    return standings(list(members.order_by("-pk")), user=user)


def standings(members: Sequence[Member], *, user: Any) -> list[Standing]:
    last: dict[int, StepRun] = {}
    emails: dict[int, Email] = {}
    runs = StepRun.objects.filter(member__in=[member.pk for member in members])
    for run in runs.select_related("step", "email", "reminder").order_by("pk"):
        last[run.member_id] = run
        if run.email:
            emails[run.member_id] = run.email
    return [
        Standing(
            member=member,
            run=last.get(member.pk),
            email=emails.get(member.pk),
            may_manage=user.is_admin or member.seller_id == user.pk,
        )
        for member in members
    ]


def _with_relations(members: QuerySet[Member]) -> QuerySet[Member]:
    return members.select_related("campaign", "person", "seller", "next_step")
