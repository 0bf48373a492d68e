"""Sales owners: Salesforce users, some of whom are users here. And the other long list, sources.

A user here goes by the own name, anybody else by the one that was read in Salesforce.
"""

from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Value
from django.utils.translation import gettext as _

from people.models import SalesforceUser
from people.query_plans import short_queries
from people.salesforce_ids import SHORT_LENGTH, forms_of

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
    # Empty when nobody knows it.
    name: str
    is_active: bool

    def __str__(self) -> str:
        name = self.name or self.salesforce_id
        return name if self.is_active else _("%s (inactive in Salesforce)") % name


def owner_of(salesforce_id: str) -> Owner:
    """The owner with this id, of 15 or 18 characters. One query, for a list has few to spare."""
    user = get_user_model()
    users = user.objects.exclude(salesforce_user_id="").filter(
        salesforce_user_id__in=forms_of(salesforce_id)
    )
    known = SalesforceUser.objects.filter(pk=salesforce_id[:SHORT_LENGTH])
    # Users here come first.
    found = sorted(
        users.values_list(Value(1), Value(value=True), "first_name", "last_name", "email").union(
            known.values_list(Value(2), "is_active", "name", Value(""), Value(""))
        )
    )
    names = [
        user(first_name=first, last_name=last, email=email).name
        for _rank, _active, first, last, email in found
    ]
    return Owner(
        salesforce_id,
        next(iter(names), ""),
        is_active=all(active for _rank, active, *_name in found),
    )


def owner_names() -> dict[str, str]:
    """The names that are known, by each form of the Salesforce user id."""
    known = SalesforceUser.objects.exclude(name="").values_list("pk", "name")
    users = get_user_model().objects.exclude(salesforce_user_id="")
    named = [*known, *((user.salesforce_user_id, user.name) for user in users)]
    return {form: name for salesforce_id, name in named for form in forms_of(salesforce_id)}


def owners_to_choose() -> list[Owner]:
    """Whoever owns people here: by name, and then those of whom there is only the id."""
    names = owner_names()
    inactive = set(SalesforceUser.objects.filter(is_active=False).values_list("pk", flat=True))
    owners = [
        Owner(value, names.get(value, ""), is_active=value[:SHORT_LENGTH] not in inactive)
        for value in owner_ids(MAX_CHOICES)
    ]
    return sorted(owners, key=lambda owner: (not owner.name, owner.name, owner.salesforce_id))


def owner_ids(limit: int | None = None) -> list[str]:
    """Of whoever owns active people, in order. Raises TooSlow."""
    return _distinct(_DISTINCT, limit)


def sources_to_choose() -> list[str]:
    return _distinct(_DISTINCT_SOURCES, MAX_CHOICES)


def _distinct(sql: str, limit: int | None) -> list[str]:
    with short_queries(), connection.cursor() as cursor:
        cursor.execute(sql, [limit])
        return [value for (value,) in cursor.fetchall()]
