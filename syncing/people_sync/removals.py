"""People leave the workspace, with a reason and a date; their history stays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from people.models import GroupMembership, Person, PersonChange
from syncing.people_sync.duplicates import refresh_duplicates
from syncing.people_sync.load import people_writer

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

# The checks that wait for the commit come first: PostgreSQL empties no table that has some.
DELETE_EVERYBODY = """
SET CONSTRAINTS ALL IMMEDIATE;
TRUNCATE people_person, people_personchange, people_groupmembership, people_duplicateemail
"""


def delete_everybody() -> None:
    """Delete all people, their history and their places in groups, without a tombstone.

    Only for another Marketo instance, whose ids mean other people.
    """
    with connection.cursor() as cursor:
        cursor.execute(DELETE_EVERYBODY)


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
    return len(emails)


def merge_losers(winners: Mapping[int, int], *, now: datetime) -> int:
    """Remove people that Marketo merged into others: {loser's Marketo id: winner's}.

    Group memberships and history go over to the winner, if the winner is a person here.
    """
    with people_writer(now=now) as stamp:
        removed = remove_people(dict.fromkeys(winners, Person.RemovedReason.MERGED), now=now)
        for loser_id, winner_id in winners.items():
            loser, winner = _person(loser_id), _final(_person(winner_id))
            if loser and winner and loser != winner:
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
    GroupMembership.objects.filter(person=loser, group__people=winner).delete()
    GroupMembership.objects.filter(person=loser).update(person=winner)
    loser.changes.exclude(kind=PersonChange.Kind.MERGED).update(person=winner)
    PersonChange.objects.create(
        person=winner,
        kind=PersonChange.Kind.MERGED,
        changes={"merged_people": [None, loser.marketo_id]},
        happened_at=stamp,
    )
