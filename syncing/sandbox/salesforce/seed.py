"""Fill a new org: users, picklists, and the people that Marketo knows from this Salesforce."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.salesforce_ids import checksum
from syncing.sandbox.marketo.seed import QUEUES
from syncing.sandbox.salesforce.fields import Choice
from syncing.sandbox.salesforce.people import PEOPLE, account_of, records_of, stamp_of
from syncing.sandbox.salesforce.schema import Schema
from syncing.sandbox.salesforce.standard_fields import STAGES
from syncing.sandbox.salesforce.users import INTEGRATION, USERS

ORG_ID = "00D5g0000000Sbx" + checksum("00D5g0000000Sbx")
OTHER_ORG_ID = "00D5g0000000Two" + checksum("00D5g0000000Two")
_QUEUE_NAMES = ("Inbound queue", "Partner queue", "Research queue")


def seed(connection: sqlite3.Connection, instance: Instance, schema: Schema) -> None:
    """Write everything but tasks; the same people make the same records."""
    stamp = stamp_of(instance.clock.stamp())
    for user in USERS:
        values = {
            "Id": user.id,
            "Username": user.username,
            "FirstName": user.first_name,
            "LastName": user.last_name,
            "Name": user.name,
            "Alias": user.email[:8].partition("@")[0],
            "Email": user.email,
            "IsActive": 1,
            "TimeZoneSidKey": user.time_zone,
            "LocaleSidKey": "en_US",
            "UserType": "Standard",
        }
        insert(connection, "User", values, stamp=stamp)
    for queue_id, name in zip(QUEUES, _QUEUE_NAMES, strict=True):
        insert(connection, "Group", {"Id": queue_id, "Name": name, "Type": "Queue"}, stamp=stamp)
    insert(connection, "Organization", _organization(), stamp=stamp)
    fill_picklist_objects(connection, schema, stamp=stamp)
    _copy_people(connection, instance, stamp=stamp)


def insert(
    connection: sqlite3.Connection, table: str, values: Mapping[str, Any], *, stamp: str
) -> None:
    """Add a record as the integration user left it at that moment."""
    system = {
        "CreatedDate": stamp,
        "CreatedById": INTEGRATION.id,
        "LastModifiedDate": stamp,
        "LastModifiedById": INTEGRATION.id,
        "SystemModstamp": stamp,
    }
    columns = {**system, **values}
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join("?" * len(columns))
    connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(columns.values()))


def fill_picklist_objects(connection: sqlite3.Connection, schema: Schema, *, stamp: str) -> None:
    """TaskStatus and TaskPriority, which repeat the picklists of tasks."""
    task = schema.object("Task").by_name
    rows: list[tuple[str, str, Iterable[Choice], str]] = [
        ("TaskStatus", "01M", task["status"].choices, "IsClosed"),
        ("TaskPriority", "01L", task["priority"].choices, "IsHighPriority"),
    ]
    for table, prefix, choices, mark in rows:
        connection.execute(f"DELETE FROM {table}")
        for place, choice in enumerate(choices, start=1):
            fifteen = f"{prefix}5g0000000{place:03}"
            values = {
                "Id": fifteen + checksum(fifteen),
                "ApiName": choice.value,
                "MasterLabel": choice.label or choice.value,
                "SortOrder": place,
                "IsDefault": choice.is_default,
                mark: choice.is_closed if mark == "IsClosed" else choice.value == "High",
            }
            insert(connection, table, values, stamp=stamp)


def _organization() -> dict[str, Any]:
    return {
        "Id": ORG_ID,
        "Name": "Sandbox Org",
        "OrganizationType": "Enterprise Edition",
        "IsSandbox": 0,
        "InstanceName": "SBX1",
        "TimeZoneSidKey": "America/Los_Angeles",
        "DefaultLocaleSidKey": "en_US",
    }


def _copy_people(connection: sqlite3.Connection, instance: Instance, *, stamp: str) -> None:
    with instance.store.reading() as marketo:
        for company in marketo.execute("SELECT * FROM company WHERE sfdcAccountId IS NOT NULL"):
            owner = USERS[company["id"] % (len(USERS) - 2)].id
            insert(connection, "Account", {**account_of(company), "OwnerId": owner}, stamp=stamp)
        known = "sfdcLeadId IS NOT NULL OR sfdcContactId IS NOT NULL"
        for person in marketo.execute(f"{PEOPLE} WHERE {known} ORDER BY lead.id"):
            insert_person(connection, person)
        _copy_opportunities(connection, marketo, instance, stamp=stamp)


def insert_person(connection: sqlite3.Connection, person: sqlite3.Row) -> None:
    """The lead, the contact or both, as old as the person is in Marketo."""
    created, changed = stamp_of(person["createdAt"]), stamp_of(person["changedAt"])
    for table, values in records_of(person):
        dates = {"CreatedDate": created, "LastModifiedDate": changed, "SystemModstamp": changed}
        status = {"Status": "Open - Not Contacted"} if table == "Lead" else {}
        insert(connection, table, {**dates, **status, **values}, stamp=created)
        connection.execute("INSERT INTO person VALUES (?, ?)", (values["Id"], person["id"]))


def _copy_opportunities(
    connection: sqlite3.Connection, marketo: sqlite3.Connection, instance: Instance, *, stamp: str
) -> None:
    draw = random.Random(instance.settings.seed + 2)
    today = instance.clock.now().date()
    seen: set[str] = set()
    roles = marketo.execute(
        "SELECT opportunity_role.*, lead.sfdcContactId, lead.sfdcLeadOwnerId, company.name,"
        " company.sfdcAccountId FROM opportunity_role JOIN lead ON lead.id = leadId"
        " LEFT JOIN company ON company.id = lead.companyId"
        " WHERE lead.sfdcContactId IS NOT NULL ORDER BY marketoGUID"
    )
    for number, role in enumerate(roles, start=1):
        opportunity_id = role["externalOpportunityId"]
        if opportunity_id not in seen:
            seen.add(opportunity_id)
            stage = draw.choice(STAGES)
            values = {
                "Id": opportunity_id,
                "Name": f"{(role['name'] or 'Private')[:100]} - {len(seen)}",
                "AccountId": role["sfdcAccountId"],
                "StageName": stage,
                "CloseDate": str(today + timedelta(days=draw.randrange(-120, 120))),
                "Amount": float(draw.randrange(2, 400) * 500),
                "OwnerId": role["sfdcLeadOwnerId"] or INTEGRATION.id,
                "IsClosed": stage.startswith("Closed"),
                "IsWon": stage == "Closed Won",
            }
            insert(connection, "Opportunity", values, stamp=stamp)
        fifteen = f"00K5g0000R{number:05}"
        values = {
            "Id": fifteen + checksum(fifteen),
            "OpportunityId": opportunity_id,
            "ContactId": role["sfdcContactId"],
            "Role": role["role"],
            "IsPrimary": role["isPrimary"],
        }
        insert(connection, "OpportunityContactRole", values, stamp=stamp)
