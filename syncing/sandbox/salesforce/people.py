"""Marketo's people as leads, contacts and accounts: the same ids, names and owners."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from syncing.sandbox.salesforce.users import INTEGRATION

Person = sqlite3.Row | Mapping[str, Any]
# What Marketo's own sync writes for people without a company or a last name.
NOT_PROVIDED = "[not provided]"
PEOPLE = (
    "SELECT lead.*, company.name AS company, company.sfdcAccountId FROM lead"
    " LEFT JOIN company ON company.id = lead.companyId"
)


def records_of(person: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of one of Marketo's people: a lead, a contact, or both once it is converted."""
    contact_id = person["sfdcContactId"]
    if person["sfdcLeadId"]:
        yield "Lead", _lead(person) | (_conversion(person) if contact_id else {})
    if contact_id:
        yield "Contact", _contact(person)


def account_of(company: Person) -> dict[str, Any]:
    return {"Id": company["sfdcAccountId"], "Name": company["name"][:255]}


def stamp_of(moment: str) -> str:
    """Marketo's 2026-11-22T05:31:07Z as Salesforce writes it."""
    return moment.replace("Z", ".000+0000")


def _lead(person: Person) -> dict[str, Any]:
    return {
        "Id": person["sfdcLeadId"],
        **_common(person),
        "Company": person["company"] or NOT_PROVIDED,
        "City": _cut(person["city"], 40),
        "Country": _cut(person["country"], 80),
    }


def _contact(person: Person) -> dict[str, Any]:
    return {
        "Id": person["sfdcContactId"],
        **_common(person),
        "AccountId": person["sfdcAccountId"],
        "MailingCity": _cut(person["city"], 40),
        "MailingCountry": _cut(person["country"], 80),
    }


def _common(person: Person) -> dict[str, Any]:
    last_name = _cut(person["lastName"], 80) or NOT_PROVIDED
    first_name = _cut(person["firstName"], 40)
    return {
        "FirstName": first_name,
        "LastName": last_name,
        "Name": f"{first_name} {last_name}" if first_name else last_name,
        "Email": _cut(person["email"], 80),
        "Phone": _cut(person["phone"], 40),
        "Title": _cut(person["title"], 128),
        "LeadSource": person["leadSource"],
        "OwnerId": person["sfdcLeadOwnerId"] or INTEGRATION.id,
        "HasOptedOutOfEmail": person["unsubscribed"],
        "DoNotCall": person["doNotCall"],
    }


def _conversion(person: Person) -> dict[str, Any]:
    return {
        "Status": "Closed - Converted",
        "IsConverted": 1,
        "ConvertedDate": person["createdAt"][:10],
        "ConvertedContactId": person["sfdcContactId"],
        "ConvertedAccountId": person["sfdcAccountId"],
    }


def _cut(text: str | None, length: int) -> str | None:
    return text[:length] if text else None
