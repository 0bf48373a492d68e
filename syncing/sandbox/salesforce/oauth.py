"""The OAuth 2.0 endpoints: token, revoke, introspect, userinfo, and the identity URL."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from syncing.sandbox.marketo.api_request import Request
from syncing.sandbox.marketo.envelope import Reply
from syncing.sandbox.salesforce.org import Org
from syncing.sandbox.salesforce.sessions import OFFLINE_SCOPES, Grant, Session
from syncing.sandbox.salesforce.users import INTEGRATION

Form = Mapping[str, str]
BASE = "/services/oauth2"
# The host that stands for login.salesforce.com; the org's own is 127.0.0.1.
LOGIN_HOST = "localhost"


class OAuthError(Exception):
    """An error of the token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


def reply(org: Org, request: Request) -> Reply:
    """Answer what begins with /services/oauth2 or /id, except the authorize page."""
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    form = {name: values[0] for name, values in request.params.items()} | form
    try:
        if request.path.startswith("/id/"):
            return _json(identity(org, request))
        handler = _ENDPOINTS.get(request.path.removeprefix(BASE))
        if handler is None:
            return _json({"error": "unknown_endpoint"}, 404)
        return _json(handler(org, request, form))
    except OAuthError as error:
        body = {"error": error.error, "error_description": error.description}
        return Reply(error.status, json.dumps(body).encode(), code=error.error)


def origin(headers: Mapping[str, str]) -> str:
    """The address of the org, as it is seen from the caller."""
    host = headers.get("host", "127.0.0.1")
    return "http://" + host.replace(LOGIN_HOST, "127.0.0.1")


def user_row(org: Org, user_id: str) -> dict[str, Any]:
    with org.store.reading() as connection:
        row = connection.execute("SELECT * FROM User WHERE Id = ?", (user_id,)).fetchone()
    return dict(row)


def _token(org: Org, request: Request, form: Form) -> dict[str, Any]:
    grants = {
        "authorization_code": _by_code,
        "refresh_token": _by_refresh_token,
        "client_credentials": _by_client_credentials,
    }
    by_grant = grants.get(form.get("grant_type", ""))
    if by_grant is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    return by_grant(org, request, form)


def _by_code(org: Org, request: Request, form: Form) -> dict[str, Any]:
    _check_client(org, form)
    code = org.sessions.take_code(form.get("code", ""))
    if code is None:
        raise OAuthError("invalid_grant", "expired authorization code")
    if code.redirect_uri != form.get("redirect_uri"):
        raise OAuthError(
            "redirect_uri_mismatch", "redirect_uri must match what the code was asked with"
        )
    if code.challenge:
        verifier = form.get("code_verifier")
        if not verifier:
            raise OAuthError("invalid_request", "missing required code verifier")
        if challenge_of(verifier) != code.challenge:
            raise OAuthError("invalid_grant", "invalid code verifier")
    answer = _session(org, request, code.grant)
    # "full" alone is no leave to come back.
    if OFFLINE_SCOPES & set(code.grant.scope.split()):
        answer["refresh_token"] = org.sessions.new_refresh_token(code.grant)
    return answer


def _by_refresh_token(org: Org, request: Request, form: Form) -> dict[str, Any]:
    _check_client(org, form)
    found = org.sessions.refreshed(form.get("refresh_token", ""), rotation=org.settings.rotation)
    if found is None:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    grant, token = found
    answer = _session(org, request, grant)
    if org.settings.rotation:
        answer["refresh_token"] = token
    return answer


def _by_client_credentials(org: Org, request: Request, form: Form) -> dict[str, Any]:
    if request.headers.get("host", "").startswith(LOGIN_HOST):
        raise OAuthError("invalid_grant", "request not supported on this domain")
    form = {**_basic_credentials(request), **form}
    given = form.get("client_id"), form.get("client_secret")
    if given != (org.settings.client_id, org.settings.client_secret):
        raise OAuthError("invalid_client", "invalid client credentials")
    if not org.settings.client_credentials:
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    grant = Grant(INTEGRATION.id, org.settings.client_id, "api")
    return _session(org, request, grant)


def _session(org: Org, request: Request, grant: Grant) -> dict[str, Any]:
    if not user_row(org, grant.user_id)["IsActive"]:
        raise OAuthError("invalid_grant", "inactive user")
    session = org.sessions.start(grant, org_id=org.org_id, lifetime=org.settings.session_seconds)
    identity_url = _identity_url(org, request, grant.user_id)
    issued_at = str(int(1000 * session.issued_at))
    signed = hmac.new(
        org.settings.client_secret.encode(), (identity_url + issued_at).encode(), hashlib.sha256
    )
    return {
        "access_token": session.token,
        "signature": base64.b64encode(signed.digest()).decode(),
        "scope": grant.scope,
        "instance_url": origin(request.headers),
        "id": identity_url,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def _check_client(org: Org, form: Form) -> None:
    if form.get("client_id") != org.settings.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if form.get("client_secret") != org.settings.client_secret:
        raise OAuthError("invalid_client", "invalid client credentials")


def _basic_credentials(request: Request) -> dict[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        raise OAuthError("invalid_client", "invalid client credentials") from None
    return {"client_id": name, "client_secret": secret}


def _revoke(org: Org, request: Request, form: Form) -> dict[str, Any]:
    if not org.sessions.revoke(form.get("token", "")):
        raise OAuthError("unsupported_token_type", "this token type is not supported")
    return {}


def _introspect(org: Org, request: Request, form: Form) -> dict[str, Any]:
    _check_client(org, {**_basic_credentials(request), **form})
    session = org.sessions.find(form.get("token", ""))
    if session is None:
        return {"active": False}
    user = user_row(org, session.grant.user_id)
    return {
        "active": True,
        "scope": session.grant.scope,
        "client_id": session.grant.client_id,
        "username": user["Username"],
        "sub": _identity_url(org, request, user["Id"]),
        "token_type": "access_token",
        "exp": int(session.expires_at),
        "iat": int(session.issued_at),
    }


def _userinfo(org: Org, request: Request, form: Form) -> dict[str, Any]:
    user = user_row(org, bearer(org, request).grant.user_id)
    return {
        "sub": _identity_url(org, request, user["Id"]),
        "user_id": user["Id"],
        "organization_id": org.org_id,
        "preferred_username": user["Username"],
        "nickname": user["Alias"],
        "name": user["Name"],
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "email": user["Email"],
        "email_verified": org.settings.verified_emails,
        "zoneinfo": user["TimeZoneSidKey"],
        "locale": user["LocaleSidKey"],
        "active": bool(user["IsActive"]),
        "urls": {"rest": f"{origin(request.headers)}/services/data/v{{version}}/"},
    }


def identity(org: Org, request: Request) -> dict[str, Any]:
    """GET /id/{org}/{user}."""
    told = _userinfo(org, request, {})
    return {
        "id": told["sub"],
        "user_id": told["user_id"],
        "organization_id": told["organization_id"],
        "username": told["preferred_username"],
        "display_name": told["name"],
        "email": told["email"],
        "timezone": told["zoneinfo"],
        "active": told["active"],
    }


def bearer(org: Org, request: Request) -> Session:
    """The session that a request brings; raises when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    session = org.sessions.find(token) if scheme.lower() in {"bearer", "oauth"} else None
    if session is None:
        raise OAuthError("invalid_session", "Bad_OAuth_Token", 403)
    return session


def challenge_of(verifier: str) -> str:
    """The S256 challenge of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _identity_url(org: Org, request: Request, user_id: str) -> str:
    return f"{origin(request.headers)}/id/{org.org_id}/{user_id}"


def _json(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers={"Cache-Control": "no-store"})


_ENDPOINTS: dict[str, Callable[[Org, Request, Form], dict[str, Any]]] = {
    "/token": _token,
    "/revoke": _revoke,
    "/introspect": _introspect,
    "/userinfo": _userinfo,
}
