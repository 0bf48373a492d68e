"""From a request to its answer: token, limits, permission, handler, and faults on the way."""

from __future__ import annotations

import json
import time

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import (
    Answer,
    FileAnswer,
    MarketoError,
    NoAnswer,
    Reply,
    error_reply,
    plain_text,
    success_reply,
)
from syncing.sandbox.marketo.faults import Fault, FaultKind, spoil_page
from syncing.sandbox.marketo.instance import Instance
from syncing.sandbox.marketo.routes import check_permission, find_route

Outcome = Reply | FileAnswer | NoAnswer

IDENTITY = "/identity/oauth/token"


def outcome_of(instance: Instance, request: Request, fault: Fault | None) -> Outcome:
    """What comes of one API request: a reply, a file, or nothing but a broken connection."""
    struck = _strike_before(instance, fault) if fault else None
    if struck:
        return struck
    if request.path == IDENTITY:
        return _spoilt(fault, identity_reply(instance, request))
    try:
        instance.tokens.check(request.headers.get("authorization"))
        with instance.limits.call(instance.settings):
            return _call(instance, request, fault)
    except MarketoError as error:
        instance.journal.count(instance.clock.quota_day(), "errors", error.code)
        return error_reply(error.code, error.message)


def _call(instance: Instance, request: Request, fault: Fault | None) -> Outcome:
    if fault and fault.kind is FaultKind.ERROR and not fault.committed:
        raise MarketoError(fault.code, fault.message)
    route, request = find_route(request)
    check_permission(instance, route)
    found = route.handler(instance, request)
    if fault and fault.kind is FaultKind.ERROR:
        raise MarketoError(fault.code, fault.message)
    if isinstance(found, Answer):
        if fault:
            found = spoil_page(fault, found, request.text("nextPageToken"))
        found = success_reply(found)
    return _spoilt(fault, found)


def identity_reply(instance: Instance, request: Request) -> Reply:
    """The OAuth token; bad credentials are a plain OAuth error with HTTP 401."""
    settings = instance.settings
    if request.text("grant_type") != "client_credentials":
        return _oauth_error(400, "unsupported_grant_type", "Unsupported grant type")
    given = request.text("client_id"), request.text("client_secret")
    if given != (settings.client_id, settings.client_secret):
        return _oauth_error(401, "invalid_client", "Bad client credentials")
    token, remaining = instance.tokens.current(instance.store, lifetime=settings.token_seconds)
    body = {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": remaining,
        "scope": settings.api_user,
    }
    return Reply(200, json.dumps(body).encode())


def _oauth_error(status: int, error: str, description: str) -> Reply:
    body = json.dumps({"error": error, "error_description": description}).encode()
    return Reply(status, body, code=error)


def _strike_before(instance: Instance, fault: Fault) -> Outcome | None:
    """What happens before the request takes effect; an outcome if that is the end of it."""
    match fault.kind:
        case FaultKind.HTTP if not fault.committed:
            return plain_text(fault.status, fault.message)
        case FaultKind.HANG if not fault.committed:
            time.sleep(fault.seconds)
        case FaultKind.RESET if not fault.committed:
            return NoAnswer()
        case FaultKind.EXPIRED_TOKEN:
            instance.tokens.expire(instance.store)
        case FaultKind.REVOKED_TOKEN:
            instance.tokens.revoke(instance.store)
    return None


def _spoilt(fault: Fault | None, reply: Reply | FileAnswer) -> Outcome:
    """The reply as the fault leaves it, after the request took effect."""
    if fault is None:
        return reply
    match fault.kind:
        case FaultKind.HTTP:
            reply = plain_text(fault.status, fault.message)
        case FaultKind.ERROR:
            reply = error_reply(fault.code, fault.message)
        case FaultKind.HANG if fault.committed:
            time.sleep(fault.seconds)
        case FaultKind.RESET:
            return NoAnswer()
        case FaultKind.EMPTY:
            reply = Reply(200)
        case FaultKind.TRUNCATED_JSON if isinstance(reply, Reply):
            reply = Reply(200, reply.body[: len(reply.body) // 2])
        case FaultKind.MISSING_FILE if isinstance(reply, FileAnswer):
            reply = plain_text(404, "Export file is not available")
    return reply
