"""The client for Salesforce: records in, records out; it knows no Django model."""

from simple_salesforce.format import format_soql

from syncing.salesforce.addresses import PRODUCTION_LOGIN, SANDBOX_LOGIN, SHARED_LOGINS, origin_of
from syncing.salesforce.client import API_VERSION, COLLECTION_MAX, SalesforceClient
from syncing.salesforce.custom_fields import CustomField
from syncing.salesforce.faults import Category, Rule, Verdict, rule_for
from syncing.salesforce.ids import is_id, to_18
from syncing.salesforce.oauth import App, Grant, Handshake, UserInfo
from syncing.salesforce.records import (
    ApiSession,
    ApiUsage,
    DailyLimit,
    DeletedIds,
    DeletedRecord,
    FieldInfo,
    ObjectInfo,
    Record,
    RowError,
    RowResult,
    UpdatedIds,
    as_stamp,
    moment,
)

__all__ = [
    "API_VERSION",
    "COLLECTION_MAX",
    "PRODUCTION_LOGIN",
    "SANDBOX_LOGIN",
    "SHARED_LOGINS",
    "ApiSession",
    "ApiUsage",
    "App",
    "Category",
    "CustomField",
    "DailyLimit",
    "DeletedIds",
    "DeletedRecord",
    "FieldInfo",
    "Grant",
    "Handshake",
    "ObjectInfo",
    "Record",
    "RowError",
    "RowResult",
    "Rule",
    "SalesforceClient",
    "UpdatedIds",
    "UserInfo",
    "Verdict",
    "as_stamp",
    "format_soql",
    "is_id",
    "moment",
    "origin_of",
    "rule_for",
    "to_18",
]
