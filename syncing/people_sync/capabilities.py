"""What a Marketo instance was found to refuse, remembered until the connection is tested anew."""

from __future__ import annotations

from enum import StrEnum

from syncing.models import MarketoConnection


class Capability(StrEnum):
    SMART_LIST_EXPORT = "smart_list_export"
    OPPORTUNITY_ROLES = "opportunity_roles"


def is_refused(marketo: MarketoConnection, capability: Capability) -> bool:
    return marketo.capabilities.get(capability) is False


def remember(marketo: MarketoConnection, capability: Capability, *, available: bool) -> None:
    marketo.store(capabilities={**marketo.capabilities, capability: available})
