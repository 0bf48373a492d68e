"""The audit log: one row for each thing an admin changed, kept for good."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from admin_config.models import AuditEvent, User

# Stands where the address of a user would.
COMMAND_LINE = "manage.py"


class Action(models.TextChoices):
    USER_INVITED = "USER_INVITED", _("Invited")
    INVITATION_RENEWED = "INVITATION_RENEWED", _("Made a new invitation link")
    INVITATION_REVOKED = "INVITATION_REVOKED", _("Revoked an invitation")
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED", _("Accepted an invitation")
    USER_CHANGED = "USER_CHANGED", _("Changed a user")
    USER_DEACTIVATED = "USER_DEACTIVATED", _("Deactivated a user")
    USER_REACTIVATED = "USER_REACTIVATED", _("Reactivated a user")
    SIGN_IN_POLICY_CHANGED = "SIGN_IN_POLICY_CHANGED", _("Changed how users sign in")
    PASSWORD_LINK_MADE = "PASSWORD_LINK_MADE", _("Made a password link")
    TEAM_CREATED = "TEAM_CREATED", _("Created a team")
    TEAM_RENAMED = "TEAM_RENAMED", _("Renamed a team")
    TEAM_DELETED = "TEAM_DELETED", _("Deleted a team")
    TEAM_MEMBERS_CHANGED = "TEAM_MEMBERS_CHANGED", _("Changed the members of a team")
    MARKETO_CONNECTED = "MARKETO_CONNECTED", _("Connected Marketo")
    MARKETO_DISCONNECTED = "MARKETO_DISCONNECTED", _("Disconnected Marketo")
    MARKETO_SECRET_ROTATED = "MARKETO_SECRET_ROTATED", _("Replaced the Marketo client secret")
    MARKETO_OPTIONS_CHANGED = "MARKETO_OPTIONS_CHANGED", _("Changed Marketo options")
    WEBHOOK_ROTATED = "WEBHOOK_ROTATED", _("Replaced the webhook address")
    SYNC_STARTED = "SYNC_STARTED", _("Started the sync")
    SYNC_PAUSED = "SYNC_PAUSED", _("Paused the sync")
    SYNC_RESUMED = "SYNC_RESUMED", _("Resumed the sync")
    SYNC_CANCELLED = "SYNC_CANCELLED", _("Cancelled a sync run")
    ACTIVITY_TYPES_SET_UP = "ACTIVITY_TYPES_SET_UP", _("Set up Marketo's activity types")
    ACTIVITY_LOG_ON = "ACTIVITY_LOG_ON", _("Switched logging to Marketo on")
    ACTIVITY_LOG_OFF = "ACTIVITY_LOG_OFF", _("Switched logging to Marketo off")
    PAST_ACTIVITIES_SENT = "PAST_ACTIVITIES_SENT", _("Sent past activities")
    ACTIVITIES_RETRIED = "ACTIVITIES_RETRIED", _("Tried failed writes again")
    ACTIVITIES_GIVEN_UP = "ACTIVITIES_GIVEN_UP", _("Ignored failed writes")
    PROBLEMS_EXPORTED = "PROBLEMS_EXPORTED", _("Exported problems")
    UNSUBSCRIBE_REMOVED = "UNSUBSCRIBE_REMOVED", _("Removed an unsubscribe")
    OPT_OUT_CLEARED = "OPT_OUT_CLEARED", _("Cleared opt-outs in Salesforce")
    UNSUBSCRIBE_SYNC_CHANGED = (
        "UNSUBSCRIBE_SYNC_CHANGED",
        _("Changed the sync of unsubscribes with Salesforce"),
    )
    UNSUBSCRIBE_REPORT_EXPORTED = (
        "UNSUBSCRIBE_REPORT_EXPORTED",
        _("Exported a report of the unsubscribes"),
    )
    PEOPLE_EXPORT_BEGUN = "PEOPLE_EXPORT_BEGUN", _("Began to export people")
    PEOPLE_EXPORTED = "PEOPLE_EXPORTED", _("Exported people")
    EMAIL_SETTINGS_CHANGED = "EMAIL_SETTINGS_CHANGED", _("Changed email settings")
    UNSUBSCRIBE_CHECK_ON = "UNSUBSCRIBE_CHECK_ON", _("Switched the Marketo unsubscribe check on")
    UNSUBSCRIBE_CHECK_OFF = (
        "UNSUBSCRIBE_CHECK_OFF",
        _("Switched the Marketo unsubscribe check off"),
    )
    TEAM_CHANNEL_CHANGED = "TEAM_CHANNEL_CHANGED", _("Changed the team's mail server")
    TEAM_CHANNEL_REMOVED = "TEAM_CHANNEL_REMOVED", _("Removed the team's mail server")
    DOMAIN_BLOCKED = "DOMAIN_BLOCKED", _("Blocked a domain")
    DOMAIN_UNBLOCKED = "DOMAIN_UNBLOCKED", _("Unblocked a domain")
    CALL_OPTIONS_CHANGED = "CALL_OPTIONS_CHANGED", _("Changed the options of calls")
    CALL_CHOICE_ADDED = "CALL_CHOICE_ADDED", _("Added a call outcome or reason")
    CALL_CHOICE_CHANGED = "CALL_CHOICE_CHANGED", _("Changed a call outcome or reason")
    CALL_CHOICE_RETIRED = "CALL_CHOICE_RETIRED", _("Retired a call outcome or reason")
    WEBHOOK_ADDED = "WEBHOOK_ADDED", _("Added a webhook")
    WEBHOOK_SECRET_REPLACED = "WEBHOOK_SECRET_REPLACED", _("Replaced the secret of a webhook")
    WEBHOOK_PAUSED = "WEBHOOK_PAUSED", _("Paused a webhook")
    WEBHOOK_RESUMED = "WEBHOOK_RESUMED", _("Resumed a webhook")
    WEBHOOK_EVENT_RESENT = "WEBHOOK_EVENT_RESENT", _("Sent an event to a webhook again")
    WEBHOOK_DELETED = "WEBHOOK_DELETED", _("Deleted a webhook")
    SALESFORCE_APP_SAVED = "SALESFORCE_APP_SAVED", _("Saved the app in Salesforce")
    SALESFORCE_CONNECTED = "SALESFORCE_CONNECTED", _("Connected Salesforce")
    SALESFORCE_DISCONNECTED = "SALESFORCE_DISCONNECTED", _("Disconnected Salesforce")
    SALESFORCE_ORG_LEFT = "SALESFORCE_ORG_LEFT", _("Disconnected everybody from Salesforce")
    SALESFORCE_OPTIONS_CHANGED = "SALESFORCE_OPTIONS_CHANGED", _("Changed Salesforce options")
    SALESFORCE_REMINDED = "SALESFORCE_REMINDED", _("Reminded users to connect Salesforce")
    SALESFORCE_SETTINGS_CHANGED = "SALESFORCE_SETTINGS_CHANGED", _("Changed Salesforce settings")
    SALESFORCE_FIELDS_DEPLOYED = "SALESFORCE_FIELDS_DEPLOYED", _("Made fields in Salesforce")
    API_TOKEN_CREATED = "API_TOKEN_CREATED", _("Created an API token")
    API_TOKEN_REVOKED = "API_TOKEN_REVOKED", _("Revoked an API token")


def record(
    *,
    actor: User | None,
    action: Action,
    now: datetime,
    target: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add an event; `details` holds values, or `[before, after]` for what changed. No secrets.

    Nobody is whoever may run commands on the server.
    """
    return AuditEvent.objects.create(
        actor=actor,
        actor_email=actor.email if actor else COMMAND_LINE,
        action=action,
        target=target[:255],
        details=dict(details or {}),
        happened_at=now,
    )
