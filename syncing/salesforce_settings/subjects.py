"""The subject of a task, from the template that admins write."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LENGTH = 255
TOKENS = {
    "activity_type": _("Email or Call"),
    "activity_subject": _("Subject of the email, or name of the call's reminder"),
    "sales_campaign_name": _("Name of the campaign"),
    "sales_campaign_day": _("Day of the campaign"),
    "sales_campaign_step": _("Step of that day"),
    "call_outcome": _("Outcome of the call"),
    "call_reason": _("Reason of the call"),
}
EXAMPLE = {
    "activity_type": "Email",
    "activity_subject": "Our talk last week",
    "sales_campaign_name": "New leads",
    "sales_campaign_day": "3",
    "sales_campaign_step": "1",
}
# Without a reminder, which is what a call has its name from.
CALL_EXAMPLE = {
    "activity_type": "Call",
    "call_outcome": "Interested",
    "call_reason": "Follow-up",
}
_TOKEN = re.compile(r"\{\{\s*(\w*)\s*\}\}")
_WHITE_SPACE = re.compile(r"\s+")


def subject_of(template: str, values: Mapping[str, str]) -> str:
    """One line of at most 255 characters; a token without a value leaves nothing.

    Without a template, or where it comes to nothing, the activity's own subject.
    """
    text = _TOKEN.sub(lambda found: values.get(found[1], ""), template)
    return _one_line(text) or _one_line(values.get("activity_subject", ""))


def validate_template(template: str) -> None:
    unknown = {name for name in _TOKEN.findall(template) if name not in TOKENS}
    if unknown:
        raise ValidationError(
            _("There is no dynamic field %(name)s."), params={"name": min(unknown) or "{{}}"}
        )


def _one_line(text: str) -> str:
    return _WHITE_SPACE.sub(" ", text).strip()[:LENGTH]
