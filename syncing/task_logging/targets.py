"""On which leads or contacts an activity is logged, found at the time that it is.

By the id that the person has here, without asking; else by e-mail, as the settings say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

from activities.models import Activity
from people.models import Person
from people.session_locks import in_turn
from syncing.delivery.models import Delivery
from syncing.errors import Permanent
from syncing.salesforce import RowError, SalesforceClient, format_soql, to_18
from syncing.salesforce_settings.models import SalesforceSettings
from syncing.task_logging.lead_creation import LEAD_LOCK, create_leads

Records = SalesforceSettings.Records
Duplicates = SalesforceSettings.Duplicates
NoMatch = SalesforceSettings.NoMatch

# Keeps the query's address well below 16 KB.
CHUNK = 100
OBJECTS = {
    Records.CONTACT: ("Contact",),
    Records.LEAD: ("Lead",),
    Records.BOTH: ("Contact", "Lead"),
}


class Target(NamedTuple):
    record_id: str
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where one activity goes; without targets, what stands in the way."""

    targets: tuple[Target, ...]
    has_several: bool = False
    # Why no lead was made.
    refusal: RowError | None = None


def choose_targets(
    client: SalesforceClient, deliveries: Sequence[Delivery], settings: SalesforceSettings
) -> dict[int, Choice]:
    """By delivery. Raises SyncError; asks nothing where every person has an id."""
    chosen, emails = {}, {}
    for delivery in deliveries:
        if target := _stored(delivery, settings.records):
            chosen[delivery.pk] = Choice((target,))
        elif _goes_by_email(delivery.activity) and delivery.activity.person.email:
            emails[delivery.pk] = delivery.activity.person.email.casefold()
        else:
            chosen[delivery.pk] = Choice(())
    if emails:
        found = _found_or_made(client, deliveries, emails, settings)
        chosen |= {pk: found[email] for pk, email in emails.items()}
    return chosen


def _found_or_made(
    client: SalesforceClient,
    deliveries: Sequence[Delivery],
    emails: dict[int, str],
    settings: SalesforceSettings,
) -> dict[str, Choice]:
    """By e-mail. What Salesforce does not let us ask keeps back nobody else."""
    creates = settings.no_match == NoMatch.CREATE_LEAD
    try:
        with in_turn(LEAD_LOCK) if creates else nullcontext():
            found = _by_email(client, set(emails.values()), settings)
            if creates:
                _create_missing(client, found, deliveries, emails)
    except Permanent as error:
        refusal = RowError(error.code, error.message, ())
        return dict.fromkeys(emails.values(), Choice((), refusal=refusal))
    return found


def _stored(delivery: Delivery, rule: str) -> Target | None:
    """The person's own record, unless that was seen to be gone: then `target_id` names it."""
    if delivery.target_id:
        return None
    person = delivery.activity.person
    contact, lead = to_18(person.salesforce_contact_id), to_18(person.salesforce_lead_id)
    by_name = {"Contact": contact, "Lead": lead}
    for record_id in (by_name[name] for name in OBJECTS[Records(rule)]):
        if record_id:
            account = to_18(person.salesforce_account_id) if record_id == contact else ""
            return Target(record_id, account)
    return None


def _goes_by_email(activity: Activity) -> bool:
    """A call was made to a number, which says nothing of who else has the address."""
    return activity.about_type == Activity.About.EMAIL


def _by_email(
    client: SalesforceClient, emails: set[str], settings: SalesforceSettings
) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for name in OBJECTS[Records(settings.records)]:
        missing = sorted(emails - {email for email, one in found.items() if one.targets})
        for email, rows in _rows_by_email(client, name, missing).items():
            found[email] = _chosen(rows, settings.duplicates)
    return {email: found.get(email, Choice(())) for email in emails}


def _rows_by_email(
    client: SalesforceClient, name: str, emails: Sequence[str]
) -> dict[str, list[Any]]:
    rows: dict[str, list[Any]] = defaultdict(list)
    field, condition = (
        ("AccountId", "") if name == "Contact" else ("Id", "IsConverted = false AND ")
    )
    for begin in range(0, len(emails), CHUNK):
        soql = f"SELECT Id, Email, {field} FROM {name} WHERE {condition}"  # noqa: S608
        soql += format_soql(
            "Email IN {} ORDER BY LastModifiedDate DESC", list(emails[begin : begin + CHUNK])
        )
        for row in client.query(soql):
            rows[str(row["Email"]).casefold()].append(row)
    return rows


def _chosen(rows: Sequence[Any], duplicates: str) -> Choice:
    """The rows are sorted, the newest first."""
    if len(rows) > 1 and duplicates == Duplicates.NONE:
        return Choice((), has_several=True)
    if duplicates == Duplicates.NEWEST:
        rows = rows[:1]
    return Choice(tuple(Target(row["Id"], row.get("AccountId") or "") for row in rows))


def _create_missing(
    client: SalesforceClient,
    found: dict[str, Choice],
    deliveries: Iterable[Delivery],
    emails: dict[int, str],
) -> None:
    wanted: dict[str, Person] = {
        emails[delivery.pk]: delivery.activity.person
        for delivery in deliveries
        if delivery.pk in emails
        and not found[emails[delivery.pk]].targets
        and not found[emails[delivery.pk]].has_several
    }
    for email, made in create_leads(client, wanted).items():
        found[email] = (
            Choice((Target(made),)) if isinstance(made, str) else Choice((), refusal=made)
        )


# Where a record went that is not there any more

MOST_MOVES = 5
_LEAD = (
    "SELECT Id, IsDeleted, IsConverted, ConvertedContactId, MasterRecordId FROM Lead WHERE Id IN {}"
)
_CONTACT = "SELECT Id, IsDeleted, MasterRecordId FROM Contact WHERE Id IN {}"


def follow(client: SalesforceClient, record_ids: Iterable[str]) -> dict[str, str]:
    """Where each is now, after conversions and merges; empty for what was deleted."""
    now = {record_id: record_id for record_id in record_ids}
    for _move in range(MOST_MOVES):
        places = _places(client, {place for place in now.values() if place})
        moved = {old: places.get(place, "") for old, place in now.items() if place}
        if all(now[old] == place for old, place in moved.items()):
            break
        now |= moved
    return now


def _places(client: SalesforceClient, record_ids: set[str]) -> dict[str, str]:
    places = {}
    for prefix, soql in (("00Q", _LEAD), ("003", _CONTACT)):
        ids = sorted(one for one in record_ids if one.startswith(prefix))
        for begin in range(0, len(ids), CHUNK):
            for row in client.query_all(format_soql(soql, ids[begin : begin + CHUNK])):
                places[row["Id"]] = _place(row)
    return places


def _place(row: Any) -> str:
    if row.get("IsConverted"):
        return str(row["ConvertedContactId"] or "")
    if row["IsDeleted"]:
        return str(row["MasterRecordId"] or "")
    return str(row["Id"])
