"""What people do in Marketo and Salesforce: each change with the log rows it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from syncing.sandbox import OWNERS
from syncing.sandbox.marketo import activity_types, salesforce_ids
from syncing.sandbox.marketo.activity_log import log, log_change, log_deletion, present
from syncing.sandbox.marketo.fields import Field, instance_fields
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.lead_rows import (
    SFDC_COLUMNS,
    ensure_account,
    fill_gaps,
    find_lead,
    insert,
    made_up_crm_ids,
    next_lead_id,
    remove_lead,
    shown_value,
    stored_column,
    update_lead,
)
from syncing.sandbox.marketo.salesforce_ids import salesforce_id
from syncing.sandbox.marketo.seed import new_lead_attributes


def create_lead(instance: Instance, values: Mapping[str, Any]) -> int:
    """Create a lead from field values, Salesforce ids and owner among them; its new id.

    `id` may be given; `sfdcType` alone makes up the ids that belong to it.
    """
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead_id = next_lead_id(connection, values.get("id"))
        columns: dict[str, Any] = {"id": lead_id}
        columns |= dict.fromkeys(("createdAt", "updatedAt", "changedAt"), now)
        columns |= made_up_crm_ids(lead_id, values.get("sfdcType"))
        for name, value in values.items():
            if name != "id":
                columns |= stored_column(connection, _writable(instance, name), value)
        if columns.get("sfdcType") == "Contact":
            ensure_account(connection, columns.get("companyId"))
        insert(connection, "lead", columns)
        attributes = new_lead_attributes(now, values.get("leadSource"))
        log(connection, activity_types.NEW_LEAD, lead_id, now, attributes)
    return lead_id


def change_lead(instance: Instance, lead_id: int, values: Mapping[str, Any]) -> None:
    """Set fields; each that really changes leaves a type 13 row, and 23 for the owner."""
    for name, value in values.items():
        if name == "sfdcLeadOwnerId":
            set_owner(instance, lead_id, value)
        else:
            _change_field(instance, lead_id, _writable(instance, name), value)


def set_owner(instance: Instance, lead_id: int, owner: str | None) -> None:
    """Give the lead an owner, or none. The visible updatedAt stays."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        old = find_lead(connection, lead_id)["sfdcLeadOwnerId"]
        if old == owner:
            return
        update_lead(connection, lead_id, now, {"sfdcLeadOwnerId": owner})
        attributes = present({"Owner": owner_name(owner), "Old Owner": owner_name(old)})
        log(connection, activity_types.CHANGE_OWNER, lead_id, now, attributes)


def delete_lead(instance: Instance, lead_id: int) -> None:
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead = find_lead(connection, lead_id)
        remove_lead(connection, lead_id)
        log_deletion(connection, lead, now)


def merge_leads(
    instance: Instance, winner: int, losers: Iterable[int], *, in_salesforce: bool = False
) -> None:
    """Merge losers into the winner, which keeps its own values and takes what it lacks."""
    now = instance.clock.stamp()
    losing_ids = [loser for loser in losers if loser != winner]
    with instance.store.writing() as connection:
        for loser in losing_ids:
            lead = find_lead(connection, loser)
            fill_gaps(connection, find_lead(connection, winner), lead, now)
            connection.execute(
                "UPDATE opportunity_role SET leadId = ? WHERE leadId = ?", (winner, loser)
            )
            # What was added to the loser's log is told of the winner from now on.
            connection.execute(
                "UPDATE activity SET leadId = ? WHERE leadId = ? AND typeId >= ?",
                (winner, loser, activity_types.FIRST_CUSTOM_ID),
            )
            connection.execute("DELETE FROM lead WHERE id = ?", (loser,))
            if instance.settings.merged_losers_in_deleted_feed:
                log_deletion(connection, lead, now)
        if in_salesforce:
            attributes = present({"Merged": losing_ids, "Winning Values": ["all"]})
            log(connection, activity_types.SFDC_MERGE_LEADS, winner, now, attributes)
        merged = {
            "Merge IDs": losing_ids,
            "Merged in Sales": in_salesforce,
            "Merge Source": "Salesforce" if in_salesforce else "Marketo",
            "Master Updated": True,
        }
        log(
            connection,
            activity_types.MERGE_LEADS,
            winner,
            now,
            present(merged),
            primary=(winner, None),
        )


def convert_lead(instance: Instance, lead_id: int) -> None:
    """Salesforce turns the lead into a contact of an account; its lead id stays."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        lead = find_lead(connection, lead_id)
        contact_id = salesforce_id(salesforce_ids.CONTACT, lead_id)
        ensure_account(connection, lead["companyId"])
        update_lead(connection, lead_id, now, {"sfdcType": "Contact", "sfdcContactId": contact_id})
        attributes = present(
            {"Assign To": owner_name(lead["sfdcLeadOwnerId"]), "Converted Status": "Qualified"}
        )
        log(connection, activity_types.CONVERT_LEAD, lead_id, now, attributes)


def sync_to_salesforce(instance: Instance, lead_id: int, owner: str | None) -> None:
    """A person known to Marketo only becomes a Salesforce lead with an owner."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        find_lead(connection, lead_id)
        columns = {**made_up_crm_ids(lead_id, "Lead"), "sfdcLeadOwnerId": owner}
        update_lead(connection, lead_id, now, columns)
        attributes = present({"Assign To": owner_name(owner)})
        log(connection, activity_types.SYNC_LEAD_TO_SFDC, lead_id, now, attributes)


def delete_from_salesforce(instance: Instance, lead_id: int) -> None:
    """The Salesforce record goes, the person stays in Marketo."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        find_lead(connection, lead_id)
        update_lead(connection, lead_id, now, dict.fromkeys(SFDC_COLUMNS))
        attributes = [{"name": "Delete in Marketo", "value": False}]
        log(connection, activity_types.DELETE_LEAD_FROM_SFDC, lead_id, now, attributes)


def rename_company(instance: Instance, company_id: int, name: str) -> int:
    """Rename it for all its leads, without a log row; the number of leads."""
    with instance.store.writing() as connection:
        connection.execute("UPDATE company SET name = ? WHERE id = ?", (name, company_id))
        return int(
            connection.execute(
                "SELECT count(*) FROM lead WHERE companyId = ?", (company_id,)
            ).fetchone()[0]
        )


def _change_field(instance: Instance, lead_id: int, field: Field, value: Any) -> None:
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        find_lead(connection, lead_id)
        old = shown_value(connection, lead_id, field)
        columns = stored_column(connection, field, value)
        if old == value:
            return
        if field.standard:
            columns["updatedAt"] = now
        update_lead(connection, lead_id, now, columns)
        number = list(instance_fields(instance.settings)).index(field.name) + 1
        log_change(connection, lead_id, now, field=field, number=number, old=old, new=value)


def _writable(instance: Instance, name: str) -> Field:
    field = instance_fields(instance.settings).get(name)
    if field is None or not (field.crm_managed or field.updateable) or name == "sfdcAccountId":
        raise ValueError(f"There is no field {name!r} to set.")
    return field


def owner_name(owner: str | None) -> str | None:
    names = {known.salesforce_id: known.name for known in OWNERS}
    return names.get(owner, owner) if owner else None
