"""Sign-in with Salesforce for django-allauth: the workspace's own app, and no new accounts.

allauth keeps state and PKCE, signs in, and asks for the second factor. Nothing of it is stored:
no token, no account of its own beside the user's.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.salesforce.provider import (
    SalesforceProvider as AllauthSalesforceProvider,
)
from allauth.socialaccount.providers.salesforce.views import SalesforceOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from admin_config.errors import Refused
from admin_config.sign_in.matching import user_of
from syncing.errors import Misconfigured, SyncError
from syncing.salesforce import App, UserInfo, oauth
from syncing.salesforce_connections.credentials import app_of
from syncing.salesforce_connections.selectors import get_org

PROVIDER = "salesforce"
log = structlog.get_logger(__name__)


def callback_url() -> str:
    """Where Salesforce sends the browser back to; the app there has to list it."""
    return str(settings.PUBLIC_URL) + reverse("salesforce_callback")


class SalesforceAdapter(SalesforceOAuth2Adapter):
    """The calls of signing in, by our own client with its guards, time-outs and words."""

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return callback_url()

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str = ""
    ) -> dict[str, str]:
        try:
            grant = oauth.exchange_code(
                _own_app(),
                request.GET["code"],
                verifier=pkce_code_verifier,
                redirect_uri=callback_url(),
            )
        except SyncError as error:
            raise ProviderException(error.message) from error
        return {"access_token": grant.session.access_token}

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> SocialLogin:
        try:
            info = oauth.user_info(_own_app(), token.token)
        except SyncError as error:
            raise ProviderException(error.message) from error
        finally:
            # It has told who it is; what is not used must not stay allowed.
            with suppress(SyncError):
                oauth.revoke(_own_app(), token.token)
        return self.get_provider().sociallogin_from_response(request, asdict(info))


class SalesforceProvider(AllauthSalesforceProvider):
    oauth2_adapter_class = SalesforceAdapter


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> SalesforceProvider:
        org = get_org()
        if org is None:
            raise _back_to_sign_in(request, _("Salesforce is not connected."))
        app = SocialApp(
            provider=PROVIDER,
            client_id=org.client_id,
            key=org.login_url,
            settings={"oauth_pkce_enabled": True},
        )
        return SalesforceProvider(request, app=app)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Sign in as who is known here, or not at all."""
        info = UserInfo(**sociallogin.account.extra_data)
        try:
            sociallogin.user = user_of(info)
        except Refused as refusal:
            log.warning("salesforce_sign_in_refused", user=info.user_id, org=info.org_id)
            raise _back_to_sign_in(request, refusal.message) from refusal

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        if not (extra_context or {}).get("state"):
            # What such an address says is whoever's who made it, and not repeated.
            text = _("This answer of Salesforce is too old, or not to this browser. Try again.")
        elif exception:
            text = _("Salesforce did not sign you in: %s") % exception
        else:
            text = _("Salesforce was told not to allow it. You are not signed in.")
        raise _back_to_sign_in(request, text)


def _own_app() -> App:
    org = get_org()
    if org is None:
        raise Misconfigured(_("Salesforce was disconnected."), setting="connection")
    return app_of(org)


def _back_to_sign_in(request: HttpRequest, text: str) -> ImmediateHttpResponse:
    messages.error(request, text)
    return ImmediateHttpResponse(redirect("account_login"))
