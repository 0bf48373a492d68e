"""What is wanted in Salesforce, by the settings of whoever's work it is.

In SQL, for it is a part of everything that is recorded; `settings_for` says the same of one user.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from activities.models import Activity
from syncing.delivery.services import OFF

Kind = Activity.Kind

# Why there is nothing to be logged; what was OFF can be logged later on.
NO_TASK = "NO_TASK"
BY_COPY = "BY_COPY"

# For rows called `activity` with `kind` and `actor_id`: `wish.code` is empty for what is wanted.
WISH = """
LEFT JOIN salesforce_settings_salesforcesettings AS shared ON true
LEFT JOIN salesforce_settings_usersalesforcesettings AS own
    ON own.user_id = activity.actor_id AND NOT coalesce(shared.is_enforced, false)
CROSS JOIN LATERAL (
    SELECT coalesce(nullif(own.email_logging, ''), shared.email_logging, 'OFF') AS emails,
        coalesce(own.log_replies, shared.log_replies, false) AS replies,
        coalesce(own.log_calls, shared.log_calls, false) AS calls,
        coalesce(shared.engagement, 'UPDATE') <> 'OFF' AS marks
) AS choice
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN activity.kind IN ('CAMPAIGN_ADDED', 'CAMPAIGN_REMOVED') THEN %(no_task)s
        WHEN activity.kind = 'CALL_RECEIVED' THEN CASE WHEN calls THEN '' ELSE %(off)s END
        WHEN activity.kind = 'EMAIL_SENT' AND emails = 'BCC' THEN %(by_copy)s
        WHEN emails <> 'API' THEN %(off)s
        WHEN activity.kind = 'EMAIL_SENT' THEN ''
        WHEN activity.kind = 'EMAIL_REPLIED' AND replies THEN ''
        WHEN marks THEN ''
        ELSE %(off)s
    END AS code
) AS wish
"""
REASON = """
CASE wish.code WHEN '' THEN '' WHEN %(no_task)s THEN %(no_task_reason)s
    WHEN %(by_copy)s THEN %(by_copy_reason)s ELSE %(off_reason)s END
"""


def values() -> dict[str, Any]:
    """What the statements above are filled with."""
    return {
        "off": OFF,
        "off_reason": _("Logging to Salesforce was off."),
        "no_task": NO_TASK,
        "no_task_reason": _("This is not logged to Salesforce."),
        "by_copy": BY_COPY,
        "by_copy_reason": _("It is left to the copy for Email-to-Salesforce."),
    }
