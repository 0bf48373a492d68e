"""Opportunity roles, which tie people to Salesforce opportunities."""

from __future__ import annotations

import uuid
from typing import Any

from syncing.sandbox.marketo import activity_types
from syncing.sandbox.marketo.activity_log import log
from syncing.sandbox.marketo.api_request import PAGE, Request, to_int
from syncing.sandbox.marketo.envelope import Answer, MarketoError
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.lead_rows import find_lead
from syncing.sandbox.marketo.paging import from_token, to_token

FILTERS = {"marketoGUID", "leadId", "externalOpportunityId"}
_COMPOUND_KEY = ("externalOpportunityId", "leadId", "role")


def roles(instance: Instance, request: Request) -> Answer:
    """Roles by one key, or by the compound key of a JSON body; refused on some instances."""
    if not instance.settings.opportunity_roles:
        raise MarketoError("1018", "CRM Enabled")
    where, arguments = _by_key(request) if request.text("filterType") else _by_compound_key(request)
    token = request.text("nextPageToken")
    after = str(from_token("roles", token)[0]) if token else ""
    size = request.page_size()
    with instance.store.reading() as connection:
        row = connection.execute(
            "SELECT group_concat(role_json, ','), count(*), max(marketoGUID) FROM ("
            "SELECT marketoGUID, json_object('seq', row_number() OVER (ORDER BY marketoGUID) - 1,"
            " 'marketoGUID', marketoGUID, 'externalOpportunityId', externalOpportunityId,"
            " 'leadId', leadId, 'role', role, 'isPrimary', json(iif(isPrimary, 'true', 'false')),"
            " 'createdAt', createdAt, 'updatedAt', updatedAt) AS role_json"
            f" FROM opportunity_role WHERE marketoGUID > ? AND ({where})"
            " ORDER BY marketoGUID LIMIT ?)",
            (after, *arguments, size),
        ).fetchone()
        found, count, last = row
        is_more = (
            count == size
            and connection.execute(
                f"SELECT 1 FROM opportunity_role WHERE marketoGUID > ? AND ({where}) LIMIT 1",
                (last, *arguments),
            ).fetchone()
        )
    return Answer(f"[{found or ''}]", next_page_token=to_token("roles", last) if is_more else None)


def add_role(
    instance: Instance,
    lead_id: int,
    opportunity_id: str,
    *,
    role: str | None = None,
    is_primary: bool = False,
) -> str:
    """Put a person on an opportunity (log type 34); the role's GUID."""
    guid, now = str(uuid.uuid4()), instance.clock.stamp()
    with instance.store.writing() as connection:
        find_lead(connection, lead_id)
        connection.execute(
            "INSERT INTO opportunity_role VALUES (?, ?, ?, ?, ?, ?, ?)",
            (guid, opportunity_id, lead_id, role, is_primary, now, now),
        )
        attributes = _attributes(opportunity_id, role, is_primary=is_primary)
        log(connection, activity_types.ADD_TO_OPPORTUNITY, lead_id, now, attributes)
    return guid


def update_role(instance: Instance, lead_id: int, opportunity_id: str, *, is_primary: bool) -> None:
    """Make it the person's primary opportunity, or not (log type 36)."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        connection.execute(
            "UPDATE opportunity_role SET isPrimary = ?, updatedAt = ?"
            " WHERE leadId = ? AND externalOpportunityId = ?",
            (is_primary, now, lead_id, opportunity_id),
        )
        attributes = _attributes(opportunity_id, None, is_primary=is_primary)
        log(connection, activity_types.UPDATE_OPPORTUNITY, lead_id, now, attributes)


def remove_role(instance: Instance, lead_id: int, opportunity_id: str) -> None:
    """Take a person off an opportunity (log type 35)."""
    now = instance.clock.stamp()
    with instance.store.writing() as connection:
        connection.execute(
            "DELETE FROM opportunity_role WHERE leadId = ? AND externalOpportunityId = ?",
            (lead_id, opportunity_id),
        )
        attributes = _attributes(opportunity_id, None, is_primary=False)
        log(connection, activity_types.REMOVE_FROM_OPPORTUNITY, lead_id, now, attributes)


def _attributes(opportunity_id: str, role: str | None, *, is_primary: bool) -> list[dict[str, Any]]:
    attributes: list[dict[str, Any]] = [
        {"name": "Oppty ID", "value": opportunity_id},
        {"name": "Is Primary", "value": is_primary},
    ]
    return [*attributes, {"name": "Role", "value": role}] if role else attributes


def _by_key(request: Request) -> tuple[str, list[Any]]:
    filter_type = request.required_text("filterType")
    if filter_type not in FILTERS:
        raise MarketoError("1003", f"Invalid filter type '{filter_type}'")
    values: list[Any] = list(request.values("filterValues", at_most=PAGE))
    if not values:
        raise MarketoError("1003", "filterValues not specified")
    if filter_type == "leadId":
        values = [to_int(filter_type, value) for value in values]
    return f"{filter_type} IN ({', '.join('?' * len(values))})", values


def _by_compound_key(request: Request) -> tuple[str, list[Any]]:
    content = request.json_object() if request.body else {}
    keys = content.get("input")
    if content.get("filterType") != "dedupeFields" or not isinstance(keys, list) or not keys:
        raise MarketoError("1002", "Missing value for required parameter 'filterType'")
    if len(keys) > PAGE:
        raise MarketoError("1003", f"The number of input exceeds the limit of {PAGE}")
    one = " AND ".join(f"{name} = ?" for name in _COMPOUND_KEY)
    return " OR ".join([f"({one})"] * len(keys)), [
        key.get(name) for key in keys for name in _COMPOUND_KEY
    ]
