"""Leads for people whom Salesforce does not know, where the settings say so."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from people.models import Person
from syncing.salesforce import COLLECTION_MAX, SalesforceClient

log = structlog.get_logger(__name__)

# Both are required of a lead.
NO_NAME = "Unknown"


def create_leads(client: SalesforceClient, people: Mapping[str, Person]) -> dict[str, str]:
    """Ids of the new leads by e-mail. Raises SyncError; a refused one is left out and logged."""
    emails = list(people)
    made: dict[str, str] = {}
    for begin in range(0, len(emails), COLLECTION_MAX):
        part = emails[begin : begin + COLLECTION_MAX]
        results = client.create("Lead", [_lead_of(people[email]) for email in part])
        for email, result in zip(part, results, strict=True):
            if result.is_ok:
                made[email] = result.record_id
            else:
                log.warning("lead_refused", code=result.errors[0].code)
    return made


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
