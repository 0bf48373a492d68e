"""OAuth 2.0 with Salesforce (doc: OAuth 2.0 web server flow, PKCE, refresh, client credentials)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from syncing.errors import Misconfigured, Permanent, SyncError, Transient
from syncing.marketo.network import describe_failure
from syncing.salesforce.addresses import origin_of
from syncing.salesforce.ids import to_18
from syncing.salesforce.network import session_for
from syncing.salesforce.records import ApiSession

# Without refresh_token there would be nobody to act for after two hours.
SCOPES = ("api", "refresh_token")
_TIMEOUT = (5.0, 25.0)


@dataclass(frozen=True, slots=True)
class App:
    """The External Client App in Salesforce that lets us in, and where its users sign in."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "login_url", origin_of(self.login_url, setting="login_url"))


@dataclass(frozen=True, slots=True)
class Handshake:
    """What only the browser that began to connect and we may know, good for one answer."""

    state: str
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """The S256 challenge of RFC 7636."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who let us in, and with what. Without a refresh token the app asks for itself."""

    session: ApiSession
    refresh_token: str = field(repr=False)
    org_id: str
    user_id: str
    scopes: str


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Whose session it is, and whether Salesforce has seen that the address is theirs."""

    user_id: str
    org_id: str
    email: str
    is_email_verified: bool


def new_handshake() -> Handshake:
    return Handshake(state=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))


def authorize_url(
    app: App, handshake: Handshake, *, redirect_uri: str, login_hint: str = ""
) -> str:
    """Where the browser is sent, for its user to allow us in."""
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": handshake.state,
        "code_challenge": handshake.challenge,
        "code_challenge_method": "S256",
        "login_hint": login_hint,
    }
    filled = {name: value for name, value in asked.items() if value}
    return f"{app.login_url}/services/oauth2/authorize?{urlencode(filled)}"


def exchange_code(app: App, code: str, *, verifier: str, redirect_uri: str) -> Grant:
    """The grant for the code that Salesforce sent along with the user."""
    return _grant(
        app,
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri=redirect_uri,
    )


def refresh(app: App, refresh_token: str) -> Grant:
    """A new session. Its refresh token is another one if the app rotates them: save it first."""
    grant = _grant(app, grant_type="refresh_token", refresh_token=refresh_token)
    return grant if grant.refresh_token else replace(grant, refresh_token=refresh_token)


def client_credentials(app: App) -> Grant:
    """A session of the app's own run-as user; My Domain only."""
    return _grant(app, grant_type="client_credentials")


def user_info(app: App, access_token: str) -> UserInfo:
    """Who signed in (doc: UserInfo endpoint). The token is in a header: addresses get into logs."""
    headers = {"Authorization": f"Bearer {access_token}"}
    response = _send(app, "GET", "userinfo", headers=headers)
    body = _json_object(response)
    if not response.ok or response.is_redirect:
        raise _refusal(response.status_code, body)
    try:
        return UserInfo(
            user_id=to_18(body["user_id"]),
            org_id=to_18(body["organization_id"]),
            email=str(body.get("email") or ""),
            is_email_verified=body.get("email_verified") is True,
        )
    except (KeyError, TypeError, ValueError):
        raise Transient("Salesforce's sign-in gave an answer that makes no sense.") from None


def revoke(app: App, token: str) -> None:
    """End a refresh token with its sessions, or one session. One that has ended is no error."""
    response = _send(app, "POST", "revoke", data={"token": token})
    if response.status_code >= 500:  # noqa: PLR2004
        raise Transient("Salesforce's sign-in is not available.", code=str(response.status_code))


def _grant(app: App, **form: str) -> Grant:
    credentials = {"client_id": app.client_id, "client_secret": app.client_secret}
    response = _send(app, "POST", "token", data=form | credentials)
    body = _json_object(response)
    if not response.ok or response.is_redirect:
        raise _refusal(response.status_code, body)
    try:
        *_, org_id, user_id = urlsplit(body["id"]).path.split("/")
        instance_url = origin_of(body["instance_url"], setting="login_url")
        session = ApiSession(str(body["access_token"]), instance_url)
    except (KeyError, TypeError, ValueError):
        # Not the context of ours: it may hold what is secret.
        session = None
    if session is None:
        raise Transient("Salesforce's sign-in gave an answer that makes no sense.")
    return Grant(
        session=session,
        refresh_token=str(body.get("refresh_token", "")),
        org_id=to_18(org_id),
        user_id=to_18(user_id),
        scopes=str(body.get("scope", "")),
    )


def _send(app: App, method: str, endpoint: str, **options: Any) -> requests.Response:
    failure: SyncError
    with session_for(app.login_url) as session:
        try:
            return session.request(
                method,
                f"{app.login_url}/services/oauth2/{endpoint}",
                timeout=_TIMEOUT,
                allow_redirects=False,
                **options,
            )
        except requests.RequestException as error:
            # Theirs carries the form, so it may not even be the context of ours.
            failure = Transient(describe_failure(error, app.login_url).words)
        except Misconfigured as error:
            failure = Misconfigured(error.message, setting="login_url")
    raise failure


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


# The error of the token endpoint, the beginning of its description, what to look at, in words.
_REFUSALS = (
    (
        "invalid_grant",
        "expired access/refresh token",
        "connection",
        "Salesforce has ended this connection: it was revoked, or it expired. Connect again.",
    ),
    (
        "invalid_grant",
        "expired authorization code",
        "connection",
        "It took too long, or the answer was used before. Connect again.",
    ),
    ("invalid_grant", "inactive user", "connection", "The user is not active in Salesforce."),
    ("invalid_grant", "inactive org", "connection", "The org is not active any more."),
    (
        "invalid_grant",
        "ip restricted",
        "connection",
        "Salesforce denies this server's address: relax the app's IP restrictions or allow it.",
    ),
    (
        "invalid_grant",
        "no client credentials user",
        "client_id",
        "The app has no user to run as: enable its client credentials flow and choose the user.",
    ),
    (
        "invalid_grant",
        "request not supported on this domain",
        "login_url",
        "This needs the org's own address (My Domain), as https://acme.my.salesforce.com.",
    ),
    (
        "invalid_client_id",
        "",
        "client_id",
        "Salesforce does not know this consumer key. A new app takes some minutes to be known.",
    ),
    ("invalid_client", "", "client_secret", "Salesforce does not accept this consumer secret."),
    (
        "redirect_uri_mismatch",
        "",
        "redirect_uri",
        "The app in Salesforce does not list our callback URL.",
    ),
    (
        "invalid_scope",
        "",
        "client_id",
        "The app in Salesforce lacks a scope: it needs “api” and “refresh_token”.",
    ),
    (
        "OAUTH_APP_BLOCKED",
        "",
        "client_id",
        "The app is blocked in Salesforce: an admin has to unblock it.",
    ),
    ("unsupported_grant_type", "", "client_id", "The app in Salesforce does not allow this flow."),
    ("invalid_grant", "", "connection", ""),
)


def _refusal(status: int, body: Mapping[str, Any]) -> SyncError:
    code = str(body.get("error", ""))
    description = str(body.get("error_description", ""))
    if status >= 500:  # noqa: PLR2004
        return Transient("Salesforce's sign-in is not available.", code=str(status))
    if not code:
        return Misconfigured(
            "There is no Salesforce at this address.", setting="login_url", code=str(status)
        )
    for error, beginning, setting, words in _REFUSALS:
        if code == error and description.lower().startswith(beginning):
            return Misconfigured(
                words or f"Salesforce refuses to sign in: {description}.",
                setting=setting,
                code=code,
            )
    return Permanent(f"Salesforce refuses to sign in: {description or code}.", code=code)
