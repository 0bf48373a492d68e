"""Our app in Salesforce, and the sessions it was given."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from syncing.errors import Misconfigured
from syncing.salesforce import ApiSession, App, oauth
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_connections.selectors import get_org

Kind = SalesforceConnection.Kind
State = SalesforceConnection.State


def app_of(org: SalesforceOrg) -> App:
    return App(org.login_url, org.client_id, org.client_secret)


def session_of(connection: SalesforceConnection) -> ApiSession:
    return ApiSession(connection.access_token, connection.instance_url)


@transaction.atomic
def save_app(*, login_url: str, client_id: str, client_secret: str = "") -> SalesforceOrg:
    """Store the app; an empty secret leaves the one there is.

    What users allowed to another app, or at another address, is worth nothing to this one: they
    have to connect again. Raises Misconfigured for an address that may not be used.
    """
    stored = SalesforceOrg.objects.select_for_update().first()
    app = App(login_url, client_id, client_secret or (stored.client_secret if stored else ""))
    if stored and (stored.login_url, stored.client_id) != (app.login_url, app.client_id):
        SalesforceConnection.objects.update(
            state=State.NEEDS_RECONNECT,
            state_reason=_("The app in Salesforce was replaced by another one."),
            state_code="",
        )
    org, _is_new = SalesforceOrg.objects.update_or_create(
        pk=1,
        defaults={
            "login_url": app.login_url,
            "client_id": app.client_id,
            "client_secret": app.client_secret,
        },
    )
    return org


def renew_session(connection_id: int, refused: str, *, now: datetime) -> ApiSession:
    """A session in place of the one whose token was refused.

    One at a time for a connection: whoever comes second gets what the first has stored. Where the
    app rotates refresh tokens the old one is dead at once, so the new one is committed before
    anybody uses the session; hence no transaction may be around this.
    """
    with transaction.atomic(durable=True):
        connection = (
            SalesforceConnection.objects.select_for_update(of=("self",), no_key=True)
            .filter(pk=connection_id)
            .first()
        )
        org = get_org()
        if connection is None or org is None:
            raise Misconfigured(_("Salesforce was disconnected."), setting="connection")
        if connection.access_token == refused:
            _renew(connection, org, now=now)
    return session_of(connection)


def _renew(connection: SalesforceConnection, org: SalesforceOrg, *, now: datetime) -> None:
    app = app_of(org)
    if connection.kind == Kind.CLIENT_CREDENTIALS:
        grant = oauth.client_credentials(app)
    else:
        grant = oauth.refresh(app, connection.refresh_token)
    connection.store(
        access_token=grant.session.access_token,
        instance_url=grant.session.instance_url,
        refresh_token=grant.refresh_token,
        renewed_at=now,
    )
