"""A person as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

FIELDS = (
    "id",
    "marketo_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "company",
    "title",
    "linkedin_url",
    "source",
    "salesforce_contact_id",
    "salesforce_lead_id",
    "salesforce_account_id",
    "salesforce_opportunity_id",
    "owner_salesforce_id",
    "state",
    "removed_reason",
    "updated_at",
)


def timestamp(moment: datetime) -> str:
    """UTC with all six digits, so that what was read compares exactly when it is sent back."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def represent(row: Mapping[str, Any], fields: tuple[str, ...] = FIELDS) -> dict[str, Any]:
    """Turn a `values()` row into what is sent: empty is null, choices are lower case.

    A plain function, because a serializer takes longer than the query at 1,000 rows a page.
    """
    person: dict[str, Any] = {field: row[field] or None for field in fields}
    for choice in ("state", "removed_reason"):
        if person.get(choice):
            person[choice] = person[choice].lower()
    if "updated_at" in person:
        person["updated_at"] = timestamp(person["updated_at"])
    return person
