"""Describe leads and read them by filter or by id."""

from __future__ import annotations

import sqlite3
from typing import Any

from syncing.sandbox.marketo.api_request import PAGE, Request, to_int
from syncing.sandbox.marketo.envelope import Answer, MarketoError, answer
from syncing.sandbox.marketo.fields import (
    LEAD_TABLES,
    Field,
    chosen_fields,
    instance_fields,
)
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.paging import from_token, to_token

MATCHES_MAX = 1000
DEFAULT_FIELDS = ["id", "email", "updatedAt", "createdAt", "firstName", "lastName"]
# Filters that do not compare a column of the lead.
_LINKED_FILTERS = {
    "sfdcAccountId": "lead.sfdcContactId IS NOT NULL AND lead.companyId IN"
    " (SELECT id FROM company WHERE sfdcAccountId IN ({marks}))",
    "sfdcOpptyId": "lead.id IN"
    " (SELECT leadId FROM opportunity_role WHERE externalOpportunityId IN ({marks}))",
    **dict.fromkeys(("cookies", "facebookId", "linkedInId", "twitterId"), "NULL IN ({marks})"),
}


def describe2(instance: Instance, request: Request) -> Answer:
    fields = instance_fields(instance.settings).values()
    listed = [
        {
            "name": field.name,
            "displayName": field.display_name,
            "dataType": field.data_type,
            **({"length": field.length} if field.length else {}),
            "updateable": field.updateable,
            "crmManaged": field.crm_managed,
        }
        for field in fields
    ]
    searchable = [[field.name] for field in fields if field.searchable]
    return answer([{"name": "API Lead", "searchableFields": searchable, "fields": listed}])


def describe(instance: Instance, request: Request) -> Answer:
    """The older describe, whose items for SOAP-only fields have no `rest`."""
    listed: list[dict[str, Any]] = [
        {
            "id": number,
            "displayName": field.display_name,
            "dataType": field.data_type,
            **({"length": field.length} if field.length else {}),
            "rest": {"name": field.name, "readOnly": not field.updateable},
        }
        for number, field in enumerate(instance_fields(instance.settings).values(), start=1)
    ]
    listed.append(
        {
            "id": len(listed) + 1,
            "displayName": "SOAP only",
            "dataType": "string",
            "soap": {"name": "SoapOnly", "readOnly": True},
        }
    )
    return answer(listed)


def leads_by_filter(instance: Instance, request: Request) -> Answer:
    """GET /rest/v1/leads.json; more than 1,000 matches are an error."""
    filter_type = request.required_text("filterType")
    values = request.values("filterValues", at_most=PAGE)
    if not values:
        raise MarketoError("1003", "filterValues not specified")
    where, arguments = _condition(instance, filter_type, values)
    fields = _requested_fields(instance, request)
    with instance.store.reading() as connection:
        ids = _matching_ids(connection, where, arguments)
        if len(ids) > MATCHES_MAX:
            raise MarketoError("1003", "Too many results match the filter")
        page, token = _page(ids, request)
        result = leads_json(connection, page, fields)
    return Answer(result, next_page_token=token)


def lead_by_id(instance: Instance, request: Request) -> Answer:
    lead_id = to_int("id", request.path_values["id"])
    fields = _requested_fields(instance, request)
    with instance.store.reading() as connection:
        result = leads_json(connection, [lead_id], fields)
    if result == "[]":
        raise MarketoError("1004", f"Lead {lead_id} not found")
    return Answer(result)


def leads_json(connection: sqlite3.Connection, ids: list[int], fields: list[Field]) -> str:
    """The leads as JSON text, rendered by SQLite: many times faster than row by row."""
    pairs = ", ".join(f"'{field.name}', {field.json_sql}" for field in fields)
    marks = ", ".join("?" * len(ids))
    row = connection.execute(
        f"SELECT ifnull(group_concat(lead_json, ','), '') FROM (SELECT json_object({pairs})"
        f" AS lead_json FROM {LEAD_TABLES} WHERE lead.id IN ({marks}) ORDER BY lead.id)",
        ids,
    ).fetchone()
    return f"[{row[0]}]"


def _requested_fields(instance: Instance, request: Request) -> list[Field]:
    names = request.values("fields", at_most=1000)
    return chosen_fields(instance.settings, ["id", *names] if names else DEFAULT_FIELDS)


def _condition(
    instance: Instance, filter_type: str, values: list[str]
) -> tuple[str, list[int] | list[str]]:
    marks = ", ".join("?" * len(values))
    if filter_type in _LINKED_FILTERS:
        return _LINKED_FILTERS[filter_type].format(marks=marks), values
    field = instance_fields(instance.settings).get(filter_type)
    if field is None or not field.searchable:
        raise MarketoError("1003", f"Invalid filter type '{filter_type}'")
    condition = f"{field.sql} IN ({marks})"
    if field.data_type == "integer":
        return condition, [to_int(filter_type, value) for value in values]
    return condition, values


def _matching_ids(
    connection: sqlite3.Connection, where: str, arguments: list[int] | list[str]
) -> list[int]:
    row = connection.execute(
        f"SELECT group_concat(id) FROM (SELECT lead.id FROM lead WHERE {where}"
        f" ORDER BY lead.id LIMIT {MATCHES_MAX + 1})",
        arguments,
    ).fetchone()
    return [int(lead_id) for lead_id in row[0].split(",")] if row[0] else []


def _page(ids: list[int], request: Request) -> tuple[list[int], str | None]:
    """This page's ids, and a token only when there are more."""
    token = request.text("nextPageToken")
    after = from_token("leads", token)[0] if token else 0
    rest = [lead_id for lead_id in ids if lead_id > int(after)]
    page = rest[: request.page_size()]
    return page, to_token("leads", page[-1]) if len(rest) > len(page) else None
