"""The fields of the objects every org has, as far as the sandbox knows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from syncing.sandbox.salesforce.fields import Choice, Field


def _text(name: str, label: str, length: int = 255, **rest: Any) -> Field:
    return Field(name, label, rest.pop("type", "string"), length=length, **rest)


def _reference(name: str, label: str, relationship: str, *targets: str, **rest: Any) -> Field:
    return Field(name, label, "reference", 18, refers_to=targets, relationship=relationship, **rest)


def _picklist(name: str, label: str, *values: str, default: str = "", **rest: Any) -> Field:
    choices = tuple(Choice(value, is_default=value == default) for value in values)
    return Field(name, label, "picklist", 255, choices=choices, is_defaulted=bool(default), **rest)


def _flag(name: str, label: str, **rest: Any) -> Field:
    return Field(name, label, "boolean", **rest)


def _derived(field: Field) -> Field:
    return replace(field, is_createable=False, is_updateable=False)


_OWNER = _reference("OwnerId", "Owner ID", "Owner", "User", "Group", is_defaulted=True)
_STATUSES = (
    Choice("Not Started", is_default=True),
    Choice("In Progress"),
    Choice("Completed", is_closed=True),
    Choice("Waiting on someone else"),
    Choice("Deferred"),
)
_LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
STAGES = (
    "Prospecting",
    "Qualification",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
ROLES = ("Business User", "Decision Maker", "Economic Buyer", "Evaluator", "Influencer", "Other")

TASK = (
    _reference("WhoId", "Name ID", "Who", "Contact", "Lead"),
    _reference("WhatId", "Related To ID", "What", "Account", "Opportunity"),
    _text("Subject", "Subject", type="combobox"),
    Field("ActivityDate", "Due Date Only", "date"),
    Field(
        "Status",
        "Status",
        "picklist",
        255,
        is_required=True,
        is_defaulted=True,
        is_restricted=True,
        choices=_STATUSES,
    ),
    _picklist(
        "Priority",
        "Priority",
        "High",
        "Normal",
        "Low",
        default="Normal",
        is_required=True,
        is_restricted=True,
    ),
    _derived(_flag("IsHighPriority", "High Priority")),
    _OWNER,
    _text("Description", "Description", 32_000, type="textarea"),
    _picklist("Type", "Type", "Call", "Email", "Meeting", "Other", is_restricted=True),
    _derived(_flag("IsClosed", "Closed")),
    _derived(_reference("AccountId", "Account ID", "Account", "Account")),
    Field("CallDurationInSeconds", "Call Duration", "int"),
    _picklist("CallType", "Call Type", "Internal", "Inbound", "Outbound", is_restricted=True),
    _text("CallDisposition", "Call Result"),
    _text("CallObject", "Call Object Identifier"),
    Field("ReminderDateTime", "Reminder Date/Time", "datetime"),
    _flag("IsReminderSet", "Reminder Set"),
    _flag("IsRecurrence", "Create Recurring Series of Tasks", is_updateable=False),
    _picklist(
        "TaskSubtype",
        "Task Subtype",
        "Task",
        "Email",
        "List Email",
        "Cadence",
        "Call",
        "LinkedIn",
        default="Task",
        is_restricted=True,
        is_updateable=False,
    ),
    _derived(Field("CompletedDateTime", "Completed Date", "datetime")),
    _derived(_flag("IsArchived", "Archived")),
)
_PERSON = (
    _text("LastName", "Last Name", 80, is_required=True),
    _text("FirstName", "First Name", 40),
    _derived(_text("Name", "Full Name", 121)),
    _text("Title", "Title", 128),
    _text("Email", "Email", 80, type="email"),
    _text("Phone", "Phone", 40, type="phone"),
    _text("MobilePhone", "Mobile Phone", 40, type="phone"),
    _picklist("LeadSource", "Lead Source", *_SOURCES),
    _OWNER,
    _flag("HasOptedOutOfEmail", "Email Opt Out"),
    _flag("DoNotCall", "Do Not Call"),
    # Of a package, for those who want no emails of sellers.
    _flag("Sales_Opt_Out__c", "Sales Opt Out", is_custom=True),
    _derived(Field("LastActivityDate", "Last Activity", "date")),
)
LEAD = (
    *_PERSON,
    _text("Company", "Company", is_required=True),
    _text("City", "City", 40),
    _text("Country", "Country", 80),
    _picklist("Status", "Status", *_LEAD_STATUSES, default=_LEAD_STATUSES[0], is_required=True),
    _derived(_flag("IsConverted", "Converted")),
    _derived(Field("ConvertedDate", "Converted Date", "date")),
    _derived(
        _reference("ConvertedAccountId", "Converted Account ID", "ConvertedAccount", "Account")
    ),
    _derived(
        _reference("ConvertedContactId", "Converted Contact ID", "ConvertedContact", "Contact")
    ),
    _derived(
        _reference(
            "ConvertedOpportunityId",
            "Converted Opportunity ID",
            "ConvertedOpportunity",
            "Opportunity",
        )
    ),
    _derived(_reference("MasterRecordId", "Master Record ID", "MasterRecord", "Lead")),
)
CONTACT = (
    *_PERSON,
    _reference("AccountId", "Account ID", "Account", "Account"),
    _text("MailingCity", "Mailing City", 40),
    _text("MailingCountry", "Mailing Country", 80),
    _derived(_reference("MasterRecordId", "Master Record ID", "MasterRecord", "Contact")),
)
ACCOUNT = (
    _text("Name", "Account Name", is_required=True),
    _text("Phone", "Account Phone", 40, type="phone"),
    _text("Website", "Website", type="url"),
    _picklist("Industry", "Industry", "Technology", "Finance", "Manufacturing", "Other"),
    _OWNER,
    _derived(Field("LastActivityDate", "Last Activity", "date")),
    _derived(_reference("MasterRecordId", "Master Record ID", "MasterRecord", "Account")),
)
OPPORTUNITY = (
    _text("Name", "Name", 120, is_required=True),
    _reference("AccountId", "Account ID", "Account", "Account"),
    _picklist("StageName", "Stage", *STAGES, is_required=True),
    Field("CloseDate", "Close Date", "date", is_required=True),
    Field("Amount", "Amount", "currency"),
    _OWNER,
    _derived(_flag("IsClosed", "Closed")),
    _derived(_flag("IsWon", "Won")),
    _derived(Field("LastActivityDate", "Last Activity", "date")),
)
CONTACT_ROLE = (
    _reference(
        "OpportunityId",
        "Opportunity ID",
        "Opportunity",
        "Opportunity",
        is_required=True,
        is_updateable=False,
    ),
    _reference(
        "ContactId", "Contact ID", "Contact", "Contact", is_required=True, is_updateable=False
    ),
    _picklist("Role", "Role", *ROLES),
    _flag("IsPrimary", "Primary"),
)
USER = tuple(
    map(
        _derived,
        (
            _text("Username", "Username", 80),
            _text("FirstName", "First Name", 40),
            _text("LastName", "Last Name", 80, is_required=True),
            _text("Name", "Full Name", 121),
            _text("Alias", "Alias", 8),
            _text("Email", "Email", 128, type="email"),
            _flag("IsActive", "Active"),
            _text("TimeZoneSidKey", "Time Zone", 40),
            _text("LocaleSidKey", "Locale", 40),
            _picklist("UserType", "User Type", "Standard", "CsnOnly"),
        ),
    )
)
GROUP = tuple(
    map(_derived, (_text("Name", "Name", 40), _text("Type", "Type", 40), _text("Email", "Email")))
)
PERMISSION_SET = (
    _text("Name", "Permission Set Name", 80, is_required=True),
    _text("Label", "Permission Set Label", 80, is_required=True),
    _text("Description", "Description"),
    _derived(_flag("IsOwnedByProfile", "Is Owned By Profile")),
)
PERMISSION_SET_ASSIGNMENT = (
    _reference(
        "PermissionSetId",
        "Permission Set ID",
        "PermissionSet",
        "PermissionSet",
        is_required=True,
        is_updateable=False,
    ),
    _reference(
        "AssigneeId", "Assignee ID", "Assignee", "User", is_required=True, is_updateable=False
    ),
)
TASK_STATUS = tuple(
    map(
        _derived,
        (
            _text("ApiName", "API Name"),
            _text("MasterLabel", "Master Label"),
            Field("SortOrder", "Sort Order", "int"),
            _flag("IsDefault", "Is Default"),
            _flag("IsClosed", "Is Closed"),
        ),
    )
)
TASK_PRIORITY = tuple(
    map(
        _derived,
        (
            _text("ApiName", "API Name"),
            _text("MasterLabel", "Master Label"),
            Field("SortOrder", "Sort Order", "int"),
            _flag("IsDefault", "Is Default"),
            _flag("IsHighPriority", "Is High Priority"),
        ),
    )
)
ORGANIZATION = tuple(
    map(
        _derived,
        (
            _text("Name", "Name", 80),
            _text("OrganizationType", "Edition", 40),
            _flag("IsSandbox", "Is Sandbox"),
            _text("InstanceName", "Instance Name", 5),
            _text("TimeZoneSidKey", "Time Zone", 40),
            _text("DefaultLocaleSidKey", "Locale", 40),
        ),
    )
)
SYSTEM = tuple(
    map(
        _derived,
        (
            _flag("IsDeleted", "Deleted"),
            Field("CreatedDate", "Created Date", "datetime"),
            _reference("CreatedById", "Created By ID", "CreatedBy", "User"),
            Field("LastModifiedDate", "Last Modified Date", "datetime"),
            _reference("LastModifiedById", "Last Modified By ID", "LastModifiedBy", "User"),
            Field("SystemModstamp", "System Modstamp", "datetime"),
        ),
    )
)
ID = Field("Id", "Record ID", "id", 18, is_createable=False, is_updateable=False)
