"""The activity types every instance has."""

from __future__ import annotations

from dataclasses import dataclass

NEW_LEAD = 12
CHANGE_DATA_VALUE = 13
SYNC_LEAD_TO_SFDC = 19
CONVERT_LEAD = 21
CHANGE_OWNER = 23
SYNC_UPDATES_TO_SFDC = 28
DELETE_LEAD_FROM_SFDC = 29
SFDC_MERGE_LEADS = 31
MERGE_LEADS = 32
ADD_TO_OPPORTUNITY = 34
REMOVE_FROM_OPPORTUNITY = 35
UPDATE_OPPORTUNITY = 36
DELETE_LEAD = 37
FIRST_CUSTOM_ID = 100_001


@dataclass(frozen=True)
class ActivityType:
    """A built-in type: `primary` and attributes are (name, data type)."""

    id: int
    name: str
    primary: tuple[str, str] | None
    attributes: tuple[tuple[str, str], ...]


def _type(type_id: int, name: str, primary: str, *attributes: str) -> ActivityType:
    """Attributes are strings unless written `Name:datatype`."""
    return ActivityType(
        type_id,
        name,
        _attribute(primary) if primary else None,
        tuple(_attribute(attribute) for attribute in attributes),
    )


def _attribute(text: str) -> tuple[str, str]:
    name, _, data_type = text.partition(":")
    return name, data_type or "string"


_SALES_EMAIL = (
    "Sent By",
    "Source",
    "Template ID",
    "Sales Template Name",
    "Sales Template URL",
    "Sales Campaign Name",
    "Sales Campaign URL",
    "Email Subject",
    "Marketo Sales Person ID:integer",
)
_OPPORTUNITY = ("Oppty ID", "Is Primary:boolean", "Role")

ACTIVITY_TYPES = (
    _type(1, "Visit Webpage", "Webpage ID:integer", "Client IP Address", "Webpage URL"),
    _type(2, "Fill Out Form", "Webform ID:integer", "Client IP Address", "Form Fields:text"),
    _type(3, "Click Link", "Link ID:integer", "Client IP Address", "Referrer URL"),
    _type(6, "Send Email", "Mailing ID:integer", "Campaign Run ID:integer"),
    _type(7, "Email Delivered", "Mailing ID:integer", "Campaign Run ID:integer"),
    _type(8, "Email Bounced", "Mailing ID:integer", "Category", "Email", "Details"),
    _type(9, "Unsubscribe Email", "Mailing ID:integer", "Client IP Address"),
    _type(10, "Open Email", "Mailing ID:integer", "Is Bot Activity:boolean", "Platform"),
    _type(11, "Click Email", "Mailing ID:integer", "Is Bot Activity:boolean", "Link"),
    _type(NEW_LEAD, "New Lead", "", "Created Date:date", "Source Type", "Lead Source"),
    _type(
        CHANGE_DATA_VALUE,
        "Change Data Value",
        "Attribute Name:Integer",
        "New Value",
        "Old Value",
        "Reason",
        "Source",
    ),
    _type(SYNC_LEAD_TO_SFDC, "Sync Lead to SFDC", "", "Assign To", "Campaign"),
    _type(CONVERT_LEAD, "Convert Lead", "", "Assign To", "Converted Status", "Campaign"),
    _type(22, "Change Score", "Score Name:integer", "Change Value", "New Value:integer"),
    _type(CHANGE_OWNER, "Change Owner", "", "Owner", "Old Owner", "Campaign"),
    _type(24, "Add to List", "List ID:integer", "Source"),
    _type(25, "Remove from List", "List ID:integer", "Source"),
    _type(SYNC_UPDATES_TO_SFDC, "Sync Lead Updates to SFDC", ""),
    _type(DELETE_LEAD_FROM_SFDC, "Delete Lead from SFDC", "", "Delete in Marketo:boolean"),
    _type(SFDC_MERGE_LEADS, "SFDC Merge Leads", "", "Merged", "Winning Values"),
    _type(
        MERGE_LEADS,
        "Merge Leads",
        "Lead ID:integer",
        "Merge IDs",
        "Merge Fields",
        "Merged in Sales:boolean",
        "Merge Source",
        "Master Updated:boolean",
    ),
    _type(ADD_TO_OPPORTUNITY, "Add to Opportunity", "", *_OPPORTUNITY),
    _type(REMOVE_FROM_OPPORTUNITY, "Remove from Opportunity", "", *_OPPORTUNITY),
    _type(UPDATE_OPPORTUNITY, "Update Opportunity", "", *_OPPORTUNITY, "New Value", "Old Value"),
    _type(DELETE_LEAD, "Delete Lead", "Lead ID:integer"),
    _type(27, "Email Bounced Soft", "Mailing ID:integer", "Category", "Email", "Details"),
    _type(38, "Send Alert", "Mailing ID:integer", "Send To List"),
    _type(39, "Send Sales Email", "Artifact ID:integer", *_SALES_EMAIL),
    _type(40, "Open Sales Email", "Artifact ID:integer", *_SALES_EMAIL),
    _type(41, "Click Sales Email", "Artifact ID:integer", *_SALES_EMAIL, "Link"),
    _type(45, "Receive Sales Email", "Artifact ID:integer", "Received By", "Source"),
    _type(46, "Interesting Moment", "Milestone:integer", "Type", "Source", "Date", "Description"),
    _type(48, "Sales Email Bounced", "Email", "Details", "Template ID", "Sent By"),
    _type(110, "Call Webhook", "Webhook:integer", "Response", "Error Type:integer"),
)
