"""The objects every org has, as far as the sandbox knows them."""

from __future__ import annotations

from dataclasses import dataclass

from syncing.sandbox.salesforce import standard_fields
from syncing.sandbox.salesforce.fields import Field


@dataclass(frozen=True)
class SObject:
    """An object, its key prefix and its fields."""

    name: str
    label: str
    label_plural: str
    prefix: str
    own_fields: tuple[Field, ...]
    is_writable: bool = True

    @property
    def fields(self) -> tuple[Field, ...]:
        return standard_fields.ID, *self.own_fields, *standard_fields.SYSTEM


OBJECTS = (
    SObject("Task", "Task", "Tasks", "00T", standard_fields.TASK),
    SObject("Lead", "Lead", "Leads", "00Q", standard_fields.LEAD),
    SObject("Contact", "Contact", "Contacts", "003", standard_fields.CONTACT),
    SObject("Account", "Account", "Accounts", "001", standard_fields.ACCOUNT),
    SObject("Opportunity", "Opportunity", "Opportunities", "006", standard_fields.OPPORTUNITY),
    SObject(
        "OpportunityContactRole",
        "Opportunity Contact Role",
        "Opportunity Contact Roles",
        "00K",
        standard_fields.CONTACT_ROLE,
    ),
    SObject("User", "User", "Users", "005", standard_fields.USER, is_writable=False),
    SObject("Group", "Group", "Groups", "00G", standard_fields.GROUP, is_writable=False),
    SObject(
        "PermissionSet",
        "Permission Set",
        "Permission Sets",
        "0PS",
        standard_fields.PERMISSION_SET,
    ),
    SObject(
        "PermissionSetAssignment",
        "Permission Set Assignment",
        "Permission Set Assignments",
        "0Pa",
        standard_fields.PERMISSION_SET_ASSIGNMENT,
    ),
    SObject(
        "TaskStatus",
        "Task Status",
        "Task Statuses",
        "01M",
        standard_fields.TASK_STATUS,
        is_writable=False,
    ),
    SObject(
        "TaskPriority",
        "Task Priority",
        "Task Priorities",
        "01L",
        standard_fields.TASK_PRIORITY,
        is_writable=False,
    ),
    SObject(
        "Organization",
        "Organization",
        "Organizations",
        "00D",
        standard_fields.ORGANIZATION,
        is_writable=False,
    ),
)
OBJECT_OF_PREFIX = {item.prefix: item.name for item in OBJECTS}
