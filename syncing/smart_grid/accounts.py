"""The people of an account."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Collate, Lower

from people.models import Person
from people.sorting import text_key

MOST_PEOPLE = 800


def people_of_account(*, company: str, account_id: str) -> QuerySet[Person]:
    """Everybody in the company, whoever was active last first.

    With a Salesforce account its contacts and the company's leads, who have no account yet; other
    accounts with the same name stay out.
    """
    # Marketo gives all contacts of an account its name, and the name has an index.
    wanted = Collate(Lower(Value(company)), "C")
    people = Person.objects.active().alias(key=text_key("company")).filter(key=wanted)
    if account_id:
        people = people.filter(Q(salesforce_account_id__in=(account_id, "")))
    return people.order_by(F("engagement__last_activity_at").desc(nulls_last=True), "pk")
