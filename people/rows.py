"""What the list shows of people beside their own fields, in one query for a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, JSONObject, Left, Lower

from people.models import GroupMembership, Person, SalesforceUser
from people.owners import Owner
from people.query_plans import short_queries
from people.salesforce_ids import SHORT_LENGTH
from people.unsubscribes import in_force


def rows_of(people: Sequence[Person]) -> list[Any]:
    """The same people in the same order, who also know:

    `engagement` if there is any, `group_ids`, `owner` as the fields of the user who owns them,
    `owner_there` as those of the owner in Salesforce, and `unsubscribed_at` when no sales email
    may go to them.
    """
    if not people:
        return []
    memberships = GroupMembership.objects.filter(person=OuterRef("pk"))
    found = Person.objects.select_related("engagement").annotate(
        group_ids=ArraySubquery(memberships.values("group_id")),
        owner=Subquery(_owner()),
        owner_there=Subquery(_owner_there()),
        unsubscribed_at=_unsubscribed_at(),
    )
    with short_queries():
        rows = found.in_bulk([person.pk for person in people])
    return [rows[person.pk] for person in people]


def owner_in(row: Any) -> Owner:
    """By the name that a user here gave, else by that of Salesforce."""
    there = row.owner_there or {"name": "", "is_active": True}
    name = get_user_model()(**row.owner).name if row.owner else there["name"]
    return Owner(row.owner_salesforce_id, name, is_active=there["is_active"])


def _owner() -> Any:
    short = Left(OuterRef("owner_salesforce_id"), SHORT_LENGTH)
    users = get_user_model().objects.exclude(salesforce_user_id="")
    users = users.alias(short=Left("salesforce_user_id", SHORT_LENGTH)).filter(short=short)
    return users.values(
        fields=JSONObject(first_name="first_name", last_name="last_name", email="email")
    )[:1]


def _owner_there() -> Any:
    short = Left(OuterRef("owner_salesforce_id"), SHORT_LENGTH)
    users = SalesforceUser.objects.filter(pk=short)
    return users.values(fields=JSONObject(name="name", is_active="is_active"))


def _unsubscribed_at() -> Coalesce:
    """By the person, by whoever else has the address, or by whom Marketo merged in."""
    by_person = in_force().filter(person=OuterRef("pk"))
    by_address = in_force().exclude(email="").filter(email=Lower(OuterRef("email")))
    by_merged = in_force().filter(person__merged_into=OuterRef("pk"))
    return Coalesce(
        *(
            Subquery(rows.order_by("unsubscribed_at").values("unsubscribed_at")[:1])
            for rows in (by_person, by_address, by_merged)
        )
    )
