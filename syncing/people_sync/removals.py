"""People leave the workspace, with a reason and a date; their history stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

from people.engagement import hand_engagement_over
from people.models import (
    DuplicateEmail,
    Group,
    GroupMembership,
    Person,
    PersonChange,
    PersonEngagement,
)
from syncing.people_sync.duplicates import refresh_duplicates
from syncing.people_sync.load import hold_back_writers, people_writer
from syncing.people_sync.signals import people_written

# A person merged away stays so, even if Marketo also lists the loser as deleted.
REMOVE = """
WITH gone AS (
    SELECT old.id, old.email, old.removed_reason AS old_reason, new.reason
    FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS new (marketo_id, reason)
    JOIN people_person old USING (marketo_id)
    WHERE old.removed_reason NOT IN (new.reason, 'MERGED')
),
removed AS (
    UPDATE people_person SET state = 'REMOVED', removed_reason = gone.reason,
        removed_at = %(stamp)s, updated_at = %(stamp)s
    FROM gone WHERE people_person.id = gone.id
),
told AS (
    INSERT INTO people_personchange (person_id, kind, changes, happened_at)
    SELECT id, CASE reason WHEN 'MERGED' THEN 'MERGED' ELSE 'REMOVED' END,
        jsonb_build_object('removed_reason', jsonb_build_array(old_reason, reason)), %(stamp)s
    FROM gone
)
SELECT lower(email) FROM gone
"""

POINT_TO_WINNER = """
UPDATE people_person SET merged_into_id = %(winner)s, updated_at = %(stamp)s
WHERE id = %(loser)s OR merged_into_id = %(loser)s
"""

# What goes with the people; all else that hangs on them is what sellers did, and is kept.
GOES_WITH_THEM = (Person, PersonChange, GroupMembership, PersonEngagement, DuplicateEmail)


def what_sellers_did() -> list[type[Model]]:
    """Everything beyond the sync that hangs on a person, itself or by way of something else."""
    found: list[type[Model]] = [Person]
    for model in found:
        fields = model._meta.get_fields(include_hidden=True)  # noqa: SLF001
        hanging: list[Any] = [field.related_model for field in fields if _hangs_on(field)]
        found += [one for one in dict.fromkeys(hanging) if one not in found]
    return [model for model in found if model not in GOES_WITH_THEM]


def is_anything_kept() -> bool:
    """Whether sellers did something with the people that is here for good."""
    return any(model._base_manager.exists() for model in what_sellers_did())  # noqa: SLF001


def delete_everybody() -> bool:
    """Delete all people, their history and their places in groups, without a tombstone.

    Only for another Marketo instance, whose ids mean other people. False, and nobody is deleted,
    while something of what sellers did is kept.
    """
    models: set[type[Model]] = {*GOES_WITH_THEM, *what_sellers_did()}
    tables = ", ".join(sorted(model._meta.db_table for model in models))  # noqa: SLF001
    # Before the tables, as a writer does: neither is to wait for the other.
    hold_back_writers()
    with connection.cursor() as cursor:
        # Nothing is added between the look and the deletion.
        cursor.execute(f"LOCK TABLE {tables}")
        if is_anything_kept():
            return False
        # The checks that wait for the commit come first: PostgreSQL empties no table that has some.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {tables}")
    return True


def _hangs_on(field: Any) -> bool:
    """Whether it is the other end of another table's reference."""
    return field.auto_created and not field.concrete and (field.one_to_many or field.one_to_one)


def remove_people(reasons: Mapping[int, Person.RemovedReason], *, now: datetime) -> int:
    """Remove the people with these Marketo ids, each for its reason; return how many that were."""
    if not reasons:
        return 0
    with people_writer(now=now) as stamp, connection.cursor() as cursor:
        cursor.execute(
            REMOVE,
            {
                "ids": list(reasons),
                "reasons": [str(reason) for reason in reasons.values()],
                "stamp": stamp,
            },
        )
        emails = [email for (email,) in cursor.fetchall()]
        refresh_duplicates(emails)
        if emails:
            people_written.send(sender=Person, stamp=stamp)
    return len(emails)


def merge_losers(winners: Mapping[int, int], *, now: datetime) -> int:
    """Remove people that Marketo merged into others: {loser's Marketo id: winner's}.

    Group memberships and history go over to the winner, if the winner is a person here.
    """
    with people_writer(now=now) as stamp:
        removed = remove_people(dict.fromkeys(winners, Person.RemovedReason.MERGED), now=now)
        for loser_id, winner_id in winners.items():
            loser, winner = _person(loser_id), _final(_person(winner_id))
            if loser and winner and winner not in (loser, loser.merged_into):
                _hand_over(loser=loser, winner=winner, stamp=stamp)
    return removed


def _person(marketo_id: int) -> Person | None:
    people = Person.objects.only("marketo_id", "merged_into")
    return people.select_related("merged_into").filter(marketo_id=marketo_id).first()


def _final(winner: Person | None) -> Person | None:
    """Who the winner has become, if it was merged away itself: `merged_into` has no chains."""
    return winner and (winner.merged_into or winner)


def _hand_over(*, loser: Person, winner: Person, stamp: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(POINT_TO_WINNER, {"winner": winner.pk, "loser": loser.pk, "stamp": stamp})
    hand_engagement_over(loser=loser, winner=winner)
    _hand_groups_over(loser=loser, winner=winner)
    loser.changes.exclude(kind=PersonChange.Kind.MERGED).update(person=winner)
    PersonChange.objects.create(
        person=winner,
        kind=PersonChange.Kind.MERGED,
        changes={"merged_people": [None, loser.marketo_id]},
        happened_at=stamp,
    )


def _hand_groups_over(*, loser: Person, winner: Person) -> None:
    # Nobody puts the winner into one of them meanwhile.
    list(Group.objects.select_for_update(of=("self",)).filter(people=loser).order_by("pk"))
    GroupMembership.objects.filter(person=loser, group__people=winner).delete()
    GroupMembership.objects.filter(person=loser).update(person=winner)
