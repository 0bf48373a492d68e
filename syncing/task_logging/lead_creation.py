"""Leads for people whom Salesforce does not know, where the settings say so."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.cache import cache

from people.models import Person
from syncing.errors import Ambiguous, SyncError, Transient
from syncing.salesforce import COLLECTION_MAX, RowError, SalesforceClient

# Two sellers may write to the same stranger; whoever comes second finds the lead.
LEAD_LOCK = 7_302
# Salesforce ends a call after ten minutes: a lead that was not made by then never will be.
UNTIL_SURE = 600.0

# Both are required of a lead.
NO_NAME = "Unknown"


def create_leads(
    client: SalesforceClient, people: Mapping[str, Person]
) -> dict[str, str | RowError]:
    """The id of each new lead, or why there is none, by e-mail. Raises SyncError.

    Those that an earlier call may still make are left out.
    """
    under_way = cache.get_many(map(_key, people))
    emails = [email for email in people if _key(email) not in under_way]
    made: dict[str, str | RowError] = {}
    for begin in range(0, len(emails), COLLECTION_MAX):
        part = emails[begin : begin + COLLECTION_MAX]
        keys = [_key(email) for email in part]
        cache.set_many(dict.fromkeys(keys, True), UNTIL_SURE)
        try:
            results = client.create("Lead", [_lead_of(people[email]) for email in part])
        except Ambiguous as error:
            raise Transient(error.message, code=error.code, retry_after=UNTIL_SURE) from None
        except SyncError:
            cache.delete_many(keys)
            raise
        cache.delete_many(keys)
        for email, result in zip(part, results, strict=True):
            made[email] = result.record_id if result.is_ok else result.errors[0]
    return made


def _key(email: str) -> str:
    return f"lead-under-way-{email}"


def _lead_of(person: Person) -> dict[str, str]:
    values = {
        "FirstName": person.first_name[:40],
        "LastName": person.last_name[:80] or NO_NAME,
        "Company": person.company[:255] or NO_NAME,
        "Email": person.email,
        "Title": person.title[:128],
        "Phone": person.phone[:40],
    }
    return {name: value for name, value in values.items() if value}
