"""Before a launch: who and what would fail, by name, without adding anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activities.campaigns.beginning import draft_of
from activities.campaigns.models import Campaign, Launch, Member, Step
from activities.campaigns.schedule import is_automatic_email
from activities.campaigns.selectors import steps_by_campaign
from activities.emails import preflight
from activities.emails.identities import default_identity
from activities.emails.models import Email, SenderIdentity
from people.models import Person

ALREADY_IN = "ALREADY_IN_CAMPAIGN"
REMOVED = "PERSON_REMOVED"


@dataclass(frozen=True)
class Finding:
    """What would keep a person out, or, with a step, what would keep that step from happening."""

    person: Person
    step: Step | None
    code: str
    message: str


def findings(
    *,
    campaign: Campaign,
    seller: Any,
    people: Sequence[Person],
    now: datetime,
    identity: SenderIdentity | None = None,
    edits: Mapping[int, tuple[str, str]] | None = None,
) -> list[Finding]:
    """In the order of people and steps, as things stand now."""
    kept_out = _kept_out(campaign, people)
    launch = Launch(campaign=campaign, seller=seller, identity=identity or default_identity(seller))
    members = [
        Member(
            campaign=campaign,
            launch=launch,
            seller=seller,
            person=person,
            first_subject=(edits or {}).get(person.pk, ("", ""))[0],
            first_body_html=(edits or {}).get(person.pk, ("", ""))[1],
        )
        for person in people
        if person.pk not in kept_out
    ]
    failing = _failing_steps(members, steps_by_campaign({campaign.pk})[campaign.pk], now)
    found: list[Finding] = []
    for person in people:
        if person.pk in kept_out:
            found.append(kept_out[person.pk])
        found += failing.get(person.pk, [])
    return found


def _kept_out(campaign: Campaign, people: Sequence[Person]) -> dict[int, Finding]:
    inside = set(
        Member.objects.filter(
            campaign=campaign, person__in=people, state__in=Member.OPEN_STATES
        ).values_list("person_id", flat=True)
    )
    kept_out = {}
    for person in people:
        if person.state == Person.State.REMOVED:
            reason = str(person.get_removed_reason_display())
            kept_out[person.pk] = Finding(person, None, REMOVED, reason)
        elif person.pk in inside:
            message = _("Is in this campaign already.")
            kept_out[person.pk] = Finding(person, None, ALREADY_IN, message)
    return kept_out


def _failing_steps(
    members: Sequence[Member], steps: Sequence[Step], now: datetime
) -> dict[int, list[Finding]]:
    """By person. The emails are made, looked at by the very gates that send, and undone."""
    found: dict[int, list[Finding]] = {}
    with transaction.atomic():
        step_of = _drafts(members, [step for step in steps if is_automatic_email(step)], now)
        for problem in preflight.problems(emails=list(step_of), now=now):
            if not problem.is_wait:
                person = problem.email.person
                finding = Finding(person, step_of[problem.email], problem.code, problem.message)
                found.setdefault(person.pk, []).append(finding)
        transaction.set_rollback(True)
    return found


def _drafts(members: Sequence[Member], steps: Sequence[Step], now: datetime) -> dict[Email, Step]:
    drafts: list[Email] = []
    for member in members:
        before = None
        for step in steps:
            before = draft_of(
                member,
                step,
                is_first=step == steps[0],
                follow_up_to=before if step.is_follow_up else None,
                now=now,
            )
            drafts.append(before)
    # One step at a time: a follow-up names the row of the email before it.
    for place in range(len(steps)):
        Email.objects.bulk_create(drafts[place :: len(steps)])
    return dict(zip(drafts, list(steps) * len(members), strict=True))
