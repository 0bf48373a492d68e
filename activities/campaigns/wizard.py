"""The page on which people are added to a campaign: what its form says, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from activities.campaigns.models import Step
from activities.campaigns.preflight import Finding
from activities.emails.html import clean_html
from activities.emails.services import one_line
from people.models import Person
from people.selection import is_id

SEVERAL = 2


@dataclass(frozen=True)
class Answers:
    """What the seller chose so far; at the first look nothing."""

    left_out: frozenset[int]
    # Subject and body of the first email for single people.
    edits: dict[int, tuple[str, str]]
    # Whose email was just opened for editing.
    opened: int | None
    is_first_look: bool

    @classmethod
    def parse(cls, data: QueryDict) -> Answers:
        edited = [int(pk) for pk in data.getlist("edited") if is_id(pk)]
        opened = data.get("edit", "")
        return cls(
            left_out=frozenset(int(pk) for pk in data.getlist("out") if is_id(pk)),
            edits={
                pk: (
                    one_line(data.get(f"subject-{pk}", "")),
                    clean_html(data.get(f"body-{pk}", "")),
                )
                for pk in edited
            },
            opened=int(opened) if is_id(opened) else None,
            is_first_look="start" not in data,
        )


@dataclass(frozen=True)
class Row:
    """A person of the launch: what would fail, and the first email as it is edited."""

    person: Person
    findings: list[Finding]
    can_be_added: bool
    is_left_out: bool
    is_edited: bool
    subject: str
    body_html: str


def rows_of(
    *,
    people: Sequence[Person],
    findings: Sequence[Finding],
    answers: Answers,
    first: Step | None,
) -> list[Row]:
    """At first whoever would not get the first email is left out; from then on the seller says."""
    found: dict[int, list[Finding]] = {person.pk: [] for person in people}
    for finding in findings:
        found[finding.person.pk].append(finding)
    everybody = set(for_all(findings, people))
    rows = []
    for person in people:
        own = [finding for finding in found[person.pk] if finding.message not in everybody]
        can_be_added = all(finding.step for finding in found[person.pk])
        fails_at_once = answers.is_first_look and any(finding.step == first for finding in own)
        default = (first.subject, first.body_html) if first else ("", "")
        subject, body_html = answers.edits.get(person.pk, default)
        rows.append(
            Row(
                person=person,
                findings=own,
                can_be_added=can_be_added,
                is_left_out=not can_be_added or fails_at_once or person.pk in answers.left_out,
                is_edited=person.pk in answers.edits or person.pk == answers.opened,
                subject=subject,
                body_html=body_html,
            )
        )
    return rows


def for_all(findings: Sequence[Finding], people: Sequence[Person]) -> list[str]:
    """What would fail for each of several people alike: it is about the seller or the step."""
    if len(people) < SEVERAL:
        return []
    told: dict[str, set[int]] = {}
    for finding in findings:
        if finding.step:
            told.setdefault(finding.message, set()).add(finding.person.pk)
    return [message for message, pks in told.items() if len(pks) == len(people)]
