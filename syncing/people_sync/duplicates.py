"""Which e-mail addresses more than one active person has."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

# The expression of the index person_by_email. In some locales a letter grows when it is lowered;
# an address that no longer fits is nobody's real one and is left out.
ADDRESS = 'lower(email) COLLATE "C"'

REFRESH = f"""
WITH affected AS (SELECT DISTINCT unnest(%(emails)s::text[]) AS email),
counted AS (
    SELECT affected.email, (
        SELECT count(*) FROM people_person
        WHERE state = 'ACTIVE' AND {ADDRESS} = affected.email COLLATE "C"
    ) AS people
    FROM affected WHERE affected.email <> '' AND length(affected.email) <= 255
),
gone AS (
    DELETE FROM people_duplicateemail USING counted
    WHERE people_duplicateemail.email = counted.email AND counted.people < 2
)
INSERT INTO people_duplicateemail (email, people)
SELECT email, people FROM counted WHERE people > 1
ON CONFLICT (email) DO UPDATE SET people = excluded.people
WHERE people_duplicateemail.people <> excluded.people
"""  # noqa: S608 (only our own expression)

REBUILD = f"""
INSERT INTO people_duplicateemail (email, people)
SELECT {ADDRESS}, count(*) FROM people_person
WHERE state = 'ACTIVE' AND email <> ''
GROUP BY 1 HAVING count(*) > 1 AND length({ADDRESS}) <= 255
"""  # noqa: S608


def refresh_duplicates(emails: Iterable[str]) -> None:
    """Count again how many people have each of these lower-case addresses."""
    addresses = sorted(set(emails))
    if addresses:
        with connection.cursor() as cursor:
            cursor.execute(REFRESH, {"emails": addresses})


@transaction.atomic
def rebuild_duplicates() -> None:
    """Count all addresses from scratch, after a load that did not keep the counts."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_duplicateemail")
        cursor.execute(REBUILD)
