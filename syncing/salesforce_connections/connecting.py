"""Connecting and disconnecting: users one by one, and the workspace itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from syncing.errors import Misconfigured, SyncError
from syncing.salesforce import App, Grant, Handshake, SalesforceClient, format_soql, oauth, to_18
from syncing.salesforce_connections.credentials import app_of, save_app
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.owner_names import forget_owner_names
from syncing.salesforce_connections.selectors import get_org
from syncing.salesforce_connections.ties import require_untied

Kind = SalesforceConnection.Kind


@dataclass(frozen=True, slots=True)
class Profile:
    """Whom the grant is from."""

    name: str
    username: str
    email: str
    org_name: str


def begin_connect(*, redirect_uri: str, login_hint: str = "") -> tuple[str, Handshake]:
    """Where to send the browser, and what to remember until it comes back."""
    handshake = oauth.new_handshake()
    url = oauth.authorize_url(
        app_of(_required_org()), handshake, redirect_uri=redirect_uri, login_hint=login_hint
    )
    return url, handshake


def finish_connect(
    *, user: Any, code: str, verifier: str, redirect_uri: str, now: datetime
) -> SalesforceConnection:
    """Connect this user, or with nobody the workspace, by the code that Salesforce gave.

    Raises SyncError when Salesforce refuses, or when it is the wrong org or the wrong person.
    """
    org = _required_org()
    grant = oauth.exchange_code(app_of(org), code, verifier=verifier, redirect_uri=redirect_uri)
    return _connect(org, grant, user=user, kind=Kind.USER, now=now)


def connect_app(*, now: datetime) -> SalesforceConnection:
    """Make the main connection as the user that the app runs as in Salesforce."""
    org = _required_org()
    grant = oauth.client_credentials(app_of(org))
    return _connect(org, grant, user=None, kind=Kind.CLIENT_CREDENTIALS, now=now)


def connect_new_app(
    *, login_url: str, client_id: str, client_secret: str, now: datetime
) -> SalesforceConnection:
    """Make the main connection with this app, and store the app once it works."""
    grant = oauth.client_credentials(App(login_url, client_id, client_secret))
    if org := get_org():
        _require_same_org(org, grant)
    profile = _profile_of(grant)
    save_app(login_url=login_url, client_id=client_id, client_secret=client_secret)
    return _store(grant, profile, user=None, kind=Kind.CLIENT_CREDENTIALS, now=now)


def disconnect(*, connection: SalesforceConnection) -> None:
    """Forget it, and tell Salesforce that the leave has ended if it can be reached."""
    token = connection.refresh_token or connection.access_token
    org = get_org()
    connection.delete()
    if org:
        with suppress(SyncError):
            oauth.revoke(app_of(org), token)


def disconnect_everybody() -> int:
    """End all connections and forget the org, so that another may be connected; how many.

    Raises Misconfigured once anything of ours lies in the org.
    """
    if org := get_org():
        require_untied(org)
    found = list(SalesforceConnection.objects.all())
    for connection in found:
        disconnect(connection=connection)
    _forget_org()
    return len(found)


@transaction.atomic
def _forget_org() -> None:
    SalesforceOrg.objects.update(org_id="", name="", api_used=None, api_max=None, api_told_at=None)
    forget_owner_names()


def _connect(
    org: SalesforceOrg, grant: Grant, *, user: Any, kind: Kind, now: datetime
) -> SalesforceConnection:
    try:
        _require_same_org(org, grant)
        profile = _profile_of(grant)
        _require_right_person(grant, profile, user)
        return _store_once(grant, profile, user=user, kind=kind, now=now)
    except Misconfigured:
        # What is not used must not stay allowed.
        if grant.refresh_token:
            with suppress(SyncError):
                oauth.revoke(app_of(org), grant.refresh_token)
        raise


def _require_same_org(org: SalesforceOrg, grant: Grant) -> None:
    if org.org_id and org.org_id != grant.org_id:
        raise Misconfigured(
            _(
                "You signed in to another Salesforce org (%(other)s). This workspace works with"
                " %(name)s (%(own)s)."
            )
            % {"other": grant.org_id, "name": org.name or _("its own"), "own": org.org_id},
            setting="org",
        )


def _profile_of(grant: Grant) -> Profile:
    about_user = format_soql("SELECT Name, Username, Email FROM User WHERE Id = {}", grant.user_id)
    with SalesforceClient(grant.session) as client:
        user = next(client.query(about_user), {})
        org = next(client.query("SELECT Name FROM Organization"), {})
    return Profile(
        name=str(user.get("Name") or ""),
        username=str(user.get("Username") or ""),
        email=str(user.get("Email") or ""),
        org_name=str(org.get("Name") or ""),
    )


def _require_right_person(grant: Grant, profile: Profile, user: Any) -> None:
    """A browser may still be signed in to Salesforce as somebody else."""
    if user is None:
        return
    others = SalesforceConnection.objects.exclude(user=user).exclude(user=None)
    if other := others.filter(salesforce_user_id=grant.user_id).first():
        raise Misconfigured(
            _("%(name)s is already connected to Salesforce as %(username)s.")
            % {"name": other.user, "username": profile.username},
            setting="user",
        )
    known = to_18(user.salesforce_user_id)
    is_same = known == grant.user_id or profile.email.casefold() == user.email.casefold()
    if not is_same:
        raise Misconfigured(
            _(
                "You signed in to Salesforce as %(name)s (%(email)s), which is not you. Sign out"
                " there and connect again, or ask an admin to enter your Salesforce user ID."
            )
            % {"name": profile.name, "email": profile.email},
            setting="user",
        )


def _store_once(
    grant: Grant, profile: Profile, *, user: Any, kind: Kind, now: datetime
) -> SalesforceConnection:
    """Two sellers may sign in as one Salesforce user at the same moment; the second is refused."""
    try:
        return _store(grant, profile, user=user, kind=kind, now=now)
    except IntegrityError:
        raise Misconfigured(
            _("Somebody else has just connected to Salesforce as %s.") % profile.username,
            setting="user",
        ) from None


@transaction.atomic
def _store(
    grant: Grant, profile: Profile, *, user: Any, kind: Kind, now: datetime
) -> SalesforceConnection:
    org = SalesforceOrg.objects.select_for_update().get()
    # Two may connect at once to different orgs; the first decides.
    _require_same_org(org, grant)
    SalesforceOrg.objects.update(org_id=grant.org_id, name=profile.org_name)
    if user:
        get_user_model().objects.filter(pk=user.pk).update(
            salesforce_user_id=grant.user_id, is_salesforce_user_matched=False
        )
    connection, _is_new = SalesforceConnection.objects.update_or_create(
        user=user,
        defaults={
            "kind": kind,
            "salesforce_user_id": grant.user_id,
            "salesforce_user_name": profile.name,
            "salesforce_username": profile.username,
            "instance_url": grant.session.instance_url,
            "access_token": grant.session.access_token,
            "refresh_token": grant.refresh_token,
            "scopes": grant.scopes,
            "state": SalesforceConnection.State.CONNECTED,
            "state_reason": "",
            "state_code": "",
            "paused_until": None,
            "failures": 0,
            "connected_at": now,
            "renewed_at": now,
        },
    )
    return connection


def _required_org() -> SalesforceOrg:
    org = get_org()
    if org is None:
        raise Misconfigured(
            _("An admin has to enter the app's consumer key and secret first."),
            setting="client_id",
        )
    return org
