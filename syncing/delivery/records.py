"""An activity of ours as a record of Marketo's log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from activities.models import Activity
from syncing.delivery.catalogue import (
    BY_KIND,
    MOST_CHARACTERS,
    PERSON,
    SOURCE,
    SOURCE_NAME,
    STRING,
    UUID,
    Attribute,
)
from syncing.delivery.models import Delivery

CUT_MARK = "…"


def record_of(delivery: Delivery, types: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `external.json` takes for it; `types` are those of this instance, by kind."""
    activity = delivery.activity
    declared = BY_KIND[activity.kind]
    return {
        "leadId": lead_id_of(delivery),
        "activityDate": _date_text(activity.occurred_at),
        "activityTypeId": types[activity.kind]["id"],
        "primaryAttributeValue": _primary_value(activity, declared.primary),
        "attributes": [
            {"apiName": attribute.api_name, "value": value}
            for attribute in declared.attributes
            if (value := _value(activity, attribute)) not in (None, "")
        ],
    }


def lead_id_of(delivery: Delivery) -> int:
    return int(delivery.target_id or delivery.activity.person.marketo_id)


def cut(text: str, most: int) -> str:
    """The text, or its beginning with a mark that there was more."""
    return text if len(text) <= most else text[: most - len(CUT_MARK)] + CUT_MARK


def _primary_value(activity: Activity, primary: Attribute) -> str:
    """Marketo insists on one, and a call may have no outcome."""
    value = activity.details.get(primary.detail) or activity.subject
    return cut(str(value or activity.get_kind_display()), MOST_CHARACTERS[STRING])


def _value(activity: Activity, attribute: Attribute) -> Any:
    everywhere = {SOURCE: SOURCE_NAME, PERSON: str(activity.person_id), UUID: str(activity.pk)}
    value = everywhere.get(attribute) or activity.details.get(attribute.detail)
    return cut(value, MOST_CHARACTERS[attribute.data_type]) if isinstance(value, str) else value


def _date_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
