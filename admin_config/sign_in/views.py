"""Signing in, and the page where admins say how."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from admin_config.access import SignedInRequest, admin_required
from admin_config.errors import Refused
from admin_config.sign_in.forms import PolicyForm
from admin_config.sign_in.passwords import by_password
from admin_config.sign_in.policy import (
    change_policy,
    current_policy,
    is_salesforce_offered,
    is_salesforce_only,
)
from admin_config.sign_in.salesforce import (
    PROVIDER,
    SalesforceAdapter,
    SocialAccountAdapter,
    callback_url,
)


class LoginView(account.LoginView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = by_password(super().post)(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "is_salesforce_offered": is_salesforce_offered(),
            "is_salesforce_only": is_salesforce_only(),
            "next_url": get_next_redirect_url(self.request) or "",
        }


@login_not_required
@never_cache
@require_safe
def salesforce(request: HttpRequest) -> HttpResponseBase:
    """To Salesforce, which says who it is.

    By a link, not a form: the content policy lets forms lead nowhere but to ourselves. Nobody
    gains by leading somebody else here: the answer is good only in the browser it began in.
    """
    if not is_salesforce_offered():
        messages.error(request, _("Salesforce is not connected."))
        return redirect("account_login")
    provider = SocialAccountAdapter(request).get_provider(request, PROVIDER)
    next_url = get_next_redirect_url(request)
    answer: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, next_url=next_url)
    return answer


salesforce_callback = never_cache(OAuth2CallbackView.adapter_view(SalesforceAdapter))


@require_http_methods(["GET", "HEAD", "POST"])
@admin_required
def policy(request: SignedInRequest) -> HttpResponse:
    records = get_authentication_records(request, request.user)
    is_proven = any(record.get("provider") == PROVIDER for record in records)
    form = PolicyForm(
        request.POST or None, initial={"policy": current_policy()}, is_proven=is_proven
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_policy(policy=form.cleaned_data["policy"], by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("policy", refusal.message)
        else:
            messages.success(request, _("It holds from now on."))
            return redirect("settings:sign-in")
    context = {
        "form": form,
        "is_proven": is_proven,
        "is_salesforce_offered": is_salesforce_offered(),
        "callback_url": callback_url(),
    }
    return render(request, "admin_config/sign_in/policy.html", context)
