from people.models.engagement import PersonEngagement, Unsubscribe
from people.models.lists import Group, GroupMembership, ListSettings, SavedView
from people.models.person import (
    READ_ONLY,
    DuplicateEmail,
    Person,
    PersonChange,
    PersonQuerySet,
    SalesforceUser,
)

__all__ = [
    "READ_ONLY",
    "DuplicateEmail",
    "Group",
    "GroupMembership",
    "ListSettings",
    "Person",
    "PersonChange",
    "PersonEngagement",
    "PersonQuerySet",
    "SalesforceUser",
    "SavedView",
    "Unsubscribe",
]
