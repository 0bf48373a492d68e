"""Sales owners: Salesforce users, some of whom are users here. And the other long list, sources."""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import connection

from people.query_plans import short_queries
from people.salesforce_ids import forms_of

# How many are offered to choose from; any other can still be searched for by id.
MAX_CHOICES = 500

# Each step jumps to the next owner in the index, instead of reading all people.
_DISTINCT = """
WITH RECURSIVE found AS (
    (SELECT owner_salesforce_id AS value FROM people_person
     WHERE state = 'ACTIVE' ORDER BY owner_salesforce_id LIMIT 1)
    UNION ALL
    SELECT (SELECT owner_salesforce_id FROM people_person
            WHERE state = 'ACTIVE' AND owner_salesforce_id > found.value
            ORDER BY owner_salesforce_id LIMIT 1)
    FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value > '' LIMIT %s
"""
_DISTINCT_SOURCES = """
WITH RECURSIVE found AS (
    (SELECT source, lower(source) COLLATE "C" AS value FROM people_person
     WHERE state = 'ACTIVE' AND lower(source) COLLATE "C" > ''
     ORDER BY lower(source) COLLATE "C" LIMIT 1)
    UNION ALL
    SELECT next.source, next.value FROM found, LATERAL (
        SELECT source, lower(source) COLLATE "C" AS value FROM people_person
        WHERE state = 'ACTIVE' AND lower(source) COLLATE "C" > found.value
        ORDER BY lower(source) COLLATE "C" LIMIT 1
    ) next
)
SELECT source FROM found LIMIT %s
"""


@dataclass(frozen=True)
class Owner:
    salesforce_id: str
    name: str


def owner_names() -> dict[str, str]:
    """The names of the users here, by each form of their Salesforce user id."""
    users = get_user_model().objects.exclude(salesforce_user_id="")
    return {form: user.name for user in users for form in forms_of(user.salesforce_user_id)}


def owner_name(salesforce_id: str) -> str:
    """The name of the user here who has this Salesforce user id; empty when nobody has."""
    if not salesforce_id:
        return ""
    users = get_user_model().objects.filter(salesforce_user_id__in=forms_of(salesforce_id))
    return next((user.name for user in users), "")


def owners_to_choose() -> list[Owner]:
    """Whoever owns people here: users by name first, then the others by id."""
    names = owner_names()
    owners = [Owner(value, names.get(value, "")) for value in _distinct(_DISTINCT)]
    return sorted(owners, key=lambda owner: (not owner.name, owner.name, owner.salesforce_id))


def sources_to_choose() -> list[str]:
    return _distinct(_DISTINCT_SOURCES)


def _distinct(sql: str) -> list[str]:
    with short_queries(), connection.cursor() as cursor:
        cursor.execute(sql, [MAX_CHOICES])
        return [value for (value,) in cursor.fetchall()]
