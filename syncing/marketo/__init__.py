"""The client for Marketo Engage: rows in, rows out; it knows no Django model."""

from syncing.marketo.budget import BudgetStatus, CallBudget, Priority
from syncing.marketo.client import MarketoClient
from syncing.marketo.credentials import Credentials
from syncing.marketo.csv_rows import BadRow, ExportBatch
from syncing.marketo.custom_activities import CustomActivityType, CustomAttribute
from syncing.marketo.records import (
    Activity,
    ActivityType,
    DailyUsage,
    FeedPage,
    Lead,
    LeadChange,
    LeadExport,
    LeadField,
    OpportunityRole,
    moment,
)

__all__ = [
    "Activity",
    "ActivityType",
    "BadRow",
    "BudgetStatus",
    "CallBudget",
    "Credentials",
    "CustomActivityType",
    "CustomAttribute",
    "DailyUsage",
    "ExportBatch",
    "FeedPage",
    "Lead",
    "LeadChange",
    "LeadExport",
    "LeadField",
    "MarketoClient",
    "OpportunityRole",
    "Priority",
    "moment",
]
