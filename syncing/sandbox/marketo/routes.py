"""Which handler answers which endpoint, and the permission it asks of the API user."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from syncing.sandbox.marketo import (
    activities,
    custom_activities,
    custom_types,
    exports,
    leads,
    opportunities,
    usage,
)
from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Answer, FileAnswer, MarketoError, Reply
from syncing.sandbox.marketo.instance import Instance

Handler = Callable[[Instance, Request], Answer | FileAnswer | Reply]

READ_LEAD = "Read-Only Lead"
READ_ACTIVITY = "Read-Only Activity"
WRITE_ACTIVITY = "Read-Write Activity"
WRITE_TYPES = "Read-Write Activity Metadata"
READ_OPPORTUNITY = "Read-Only Opportunity"


@dataclass(frozen=True)
class Route:
    """An endpoint; `{name}` in its template stands for one part of the path."""

    method: str
    template: str
    handler: Handler
    permission: str | None

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template)))


_LEADS = "/rest/v1/leads"
_LOG = "/rest/v1/activities"
_TYPE = f"{_LOG}/external/type"
_NAMED = f"{_TYPE}/{{apiName}}"
_EXPORT = "/bulk/v1/leads/export"
_JOB = f"{_EXPORT}/{{exportId}}"
_STATS = "/rest/v1/stats"

ROUTES = (
    Route("GET", f"{_LEADS}/describe.json", leads.describe, READ_LEAD),
    Route("GET", f"{_LEADS}/describe2.json", leads.describe2, READ_LEAD),
    Route("GET", f"{_LEADS}.json", leads.leads_by_filter, READ_LEAD),
    Route("GET", "/rest/v1/lead/{id}.json", leads.lead_by_id, READ_LEAD),
    Route("GET", f"{_LOG}/pagingtoken.json", activities.paging_token, READ_ACTIVITY),
    Route("GET", f"{_LOG}/leadchanges.json", activities.lead_changes, READ_ACTIVITY),
    Route("GET", f"{_LOG}/deletedleads.json", activities.deleted_leads, READ_ACTIVITY),
    Route("GET", f"{_LOG}/types.json", activities.types, READ_ACTIVITY),
    Route("GET", f"{_LOG}.json", activities.activities, READ_ACTIVITY),
    Route("POST", f"{_LOG}/external.json", custom_activities.add_activities, WRITE_ACTIVITY),
    Route("GET", f"{_LOG}/external/types.json", custom_types.list_types, WRITE_TYPES),
    Route("POST", f"{_TYPE}.json", custom_types.create_type, WRITE_TYPES),
    Route("POST", f"{_NAMED}.json", custom_types.update_type, WRITE_TYPES),
    Route("GET", f"{_NAMED}/describe.json", custom_types.describe_type, WRITE_TYPES),
    Route("POST", f"{_NAMED}/approve.json", custom_types.approve_type, WRITE_TYPES),
    Route("POST", f"{_NAMED}/discardDraft.json", custom_types.discard_draft, WRITE_TYPES),
    Route("POST", f"{_NAMED}/delete.json", custom_types.delete_type, WRITE_TYPES),
    Route("POST", f"{_NAMED}/attributes/create.json", custom_types.create_attributes, WRITE_TYPES),
    Route("POST", f"{_NAMED}/attributes/update.json", custom_types.update_attributes, WRITE_TYPES),
    Route("POST", f"{_NAMED}/attributes/delete.json", custom_types.delete_attributes, WRITE_TYPES),
    Route("GET", "/rest/v1/opportunities/roles.json", opportunities.roles, READ_OPPORTUNITY),
    Route("GET", f"{_STATS}/usage.json", usage.usage_today, None),
    Route("GET", f"{_STATS}/usage/last7days.json", usage.usage_last_7_days, None),
    Route("GET", f"{_STATS}/errors.json", usage.errors_today, None),
    Route("GET", f"{_STATS}/errors/last7days.json", usage.errors_last_7_days, None),
    Route("POST", f"{_EXPORT}/create.json", exports.create_export, READ_LEAD),
    Route("GET", f"{_EXPORT}.json", exports.list_exports, READ_LEAD),
    Route("POST", f"{_JOB}/enqueue.json", exports.enqueue_export, READ_LEAD),
    Route("GET", f"{_JOB}/status.json", exports.export_status, READ_LEAD),
    Route("GET", f"{_JOB}/file.json", exports.export_file, READ_LEAD),
    Route("POST", f"{_JOB}/cancel.json", exports.cancel_export, READ_LEAD),
)
_PATTERNS = [(route.pattern, route) for route in ROUTES]


def find_route(request: Request) -> tuple[Route, Request]:
    """The route, and the request with what the path says; raises 610 or 605."""
    other_methods = False
    for pattern, route in _PATTERNS:
        found = pattern.fullmatch(request.path)
        if found and route.method == request.method:
            return route, replace(request, path_values=found.groupdict())
        other_methods = other_methods or bool(found)
    if other_methods:
        raise MarketoError("605", f"HTTP Method '{request.method}' not supported")
    raise MarketoError("610", "Requested resource not found")


def check_permission(instance: Instance, route: Route) -> None:
    if route.permission and route.permission not in instance.settings.permissions:
        raise MarketoError("603", "Access denied")
