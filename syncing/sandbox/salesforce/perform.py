"""Carrying out a request of the data API in one transaction."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from syncing.sandbox.marketo.envelope import Reply
from syncing.sandbox.salesforce import collection_calls, composite
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError
from syncing.sandbox.salesforce.oauth import origin
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.request import ApiRequest
from syncing.sandbox.salesforce.routes import ORG_ROUTES, UPSERT_ALL, UPSERT_ONE, find_route

BATCH = "/composite/batch"
_SEVERAL: dict[str, Callable[[Call, ApiRequest, composite.Perform], Result]] = {
    "/composite": composite.composite,
    BATCH: composite.batch,
}
_VERSION = re.compile(r"/services/data/v\d+\.0")


def cost(request: ApiRequest) -> int:
    """How many calls a request counts as: each one in a batch counts."""
    if request.method == "POST" and request.path == BATCH:
        return max(1, len(request.json_object().get("batchRequests", ())))
    return 1


def perform(org: Org, request: ApiRequest, *, user_id: str, base: str, asked_at: str = "") -> Reply:
    """The answer; what it writes is committed, with the stamps of now or of when it was asked."""
    if request.method == "GET":
        stamp = org.stamp()
        with org.store.reading() as connection:
            call = _call(org, connection, request, user_id=user_id, base=base, stamp=stamp)
            return _perform(call, request)
    if org.settings.read_only:
        code = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
        raise SalesforceError(400, code, "The org is read-only during maintenance")
    org_handler = ORG_ROUTES.get((request.method, request.path.rstrip("/")))
    if org_handler:
        return org_handler(org, request).as_reply()
    with org.transaction(asked_at) as stamp:
        with org.store.reading() as connection:
            call = _call(org, connection, request, user_id=user_id, base=base, stamp=stamp)
            known_keys = _known_keys(call, request)
        with org.store.writing() as connection:
            return _perform(replace(call, connection=connection, known_keys=known_keys), request)


def _call(
    org: Org,
    connection: sqlite3.Connection,
    request: ApiRequest,
    *,
    user_id: str,
    base: str,
    stamp: str,
) -> Call:
    """To be made before the first read, for what is open then may not be seen."""
    duplicate_rule = request.headers.get("sforce-duplicate-rule-header", "")
    return Call(
        connection=connection,
        schema=org.schema,
        faults=org.faults,
        settings=org.settings,
        cursors=org.cursors,
        user_id=user_id,
        stamp=stamp,
        open_since=org.open_since,
        allows_duplicates="allowsave=true" in duplicate_rule.lower(),
        identity_url=f"{origin(request.headers)}/id/{org.org_id}/{user_id}",
        calls_made=org.usage.total() + org.settings.other_calls,
        base=base,
    )


def _known_keys(call: Call, request: ApiRequest) -> dict[str, str] | None:
    """What an upsert must know before its turn to write comes."""
    if request.method != "PATCH":
        return None
    route, request = find_route(request)
    if route not in (UPSERT_ALL, UPSERT_ONE):
        return None
    return collection_calls.known_keys(call, request)


def _perform(call: Call, request: ApiRequest) -> Reply:
    """Carry out one request inside the call; a refusal is its answer."""
    request = replace(request, path=_VERSION.sub("", request.path).rstrip("/"))
    try:
        several = _SEVERAL.get(request.path) if request.method == "POST" else None
        if several:
            return several(call, request, _perform).as_reply()
        route, request = find_route(request)
        return route.handler(call, request).as_reply()
    except SalesforceError as error:
        return error.as_reply()
