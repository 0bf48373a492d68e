"""Which handler answers which path below the version."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote

from syncing.sandbox.salesforce import (
    collection_calls,
    custom_fields,
    describe,
    record_calls,
    replication,
)
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError, not_found
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.soql import queries

Handler = Callable[[Call, ApiRequest], Result]


@dataclass(frozen=True)
class Route:
    """An endpoint; `{name}` in its template stands for one part of the path."""

    method: str
    template: str
    handler: Handler

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template))


_OBJECT = "/sobjects/{object}"
_RECORD = f"{_OBJECT}/{{id}}"
_KEY = f"{_OBJECT}/{{key}}/{{value}}"
_COLLECTION = "/composite/sobjects"
UPSERT_ALL = Route("PATCH", f"{_COLLECTION}/{{object}}/{{key}}", collection_calls.upsert_all)
UPSERT_ONE = Route("PATCH", _KEY, record_calls.upsert_by_key)
ROUTES = (
    Route("GET", "", describe.resources),
    Route("GET", "/limits", describe.limits),
    Route("GET", "/query", queries.query),
    Route("GET", "/queryAll", queries.query_all),
    Route("GET", "/query/{locator}", queries.next_page),
    Route("GET", "/sobjects", describe.all_objects),
    Route("GET", _OBJECT, describe.one_object),
    Route("POST", _OBJECT, record_calls.create),
    Route("GET", f"{_OBJECT}/describe", describe.describe),
    Route("GET", f"{_OBJECT}/updated", replication.updated),
    Route("GET", f"{_OBJECT}/deleted", replication.deleted),
    Route("GET", _RECORD, record_calls.read),
    Route("PATCH", _RECORD, record_calls.update),
    Route("DELETE", _RECORD, record_calls.delete),
    Route("GET", _KEY, record_calls.read_by_key),
    UPSERT_ONE,
    Route("DELETE", _KEY, record_calls.delete_by_key),
    Route("POST", _COLLECTION, collection_calls.create),
    Route("PATCH", _COLLECTION, collection_calls.update),
    Route("DELETE", _COLLECTION, collection_calls.delete),
    Route("GET", f"{_COLLECTION}/{{object}}", collection_calls.retrieve),
    Route("POST", f"{_COLLECTION}/{{object}}", collection_calls.retrieve),
    UPSERT_ALL,
)
# Those that change the org itself, and need no transaction of its data.
ORG_ROUTES: dict[tuple[str, str], Callable[[Org, ApiRequest], Result]] = {
    ("POST", "/tooling/sobjects/CustomField"): custom_fields.create,
    ("POST", "/sobjects/FieldPermissions"): custom_fields.grant,
}


def find_route(request: ApiRequest) -> tuple[Route, ApiRequest]:
    """The route, and the request with what its path says; raises 404 or 405."""
    allowed = []
    path = request.path.rstrip("/")
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found and route.method == request.method:
            values = {name: unquote(value) for name, value in found.groupdict().items()}
            return route, replace(request, values=values)
        if found:
            allowed.append(route.method)
    if not allowed:
        raise not_found()
    message = f"HTTP Method '{request.method}' not allowed. Allowed are {','.join(allowed)}"
    raise SalesforceError(405, "METHOD_NOT_ALLOWED", message)
