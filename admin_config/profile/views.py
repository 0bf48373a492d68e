from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from admin_config import audit
from admin_config.access import SignedInRequest
from admin_config.api_tokens import create_api_token, revoke_api_token
from admin_config.profile.forms import ApiTokenForm, ProfileForm
from admin_config.sign_in.policy import is_salesforce_only


@require_http_methods(["GET", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        # Only these columns: an admin may be deactivating the account at this moment.
        request.user.save(update_fields=form.changed_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("settings:profile")
    return _render(request, form=form, token_form=ApiTokenForm())


@require_POST
@never_cache
def token_create(request: SignedInRequest) -> HttpResponse:
    token_form = ApiTokenForm(request.POST)
    if not token_form.is_valid():
        form = ProfileForm(instance=request.user)
        return _render(request, form=form, token_form=token_form)
    now = timezone.now()
    name = token_form.cleaned_data["name"]
    token, secret = create_api_token(user=request.user, name=name, now=now)
    audit.record(
        actor=request.user, action=audit.Action.API_TOKEN_CREATED, target=str(token), now=now
    )
    context = {"token": token, "secret": secret}
    return render(request, "admin_config/profile/token_created.html", context)


@require_POST
def token_revoke(request: SignedInRequest, token_id: int) -> HttpResponse:
    now = timezone.now()
    token = get_object_or_404(request.user.api_tokens, pk=token_id, revoked_at=None)
    revoke_api_token(token=token, now=now)
    audit.record(
        actor=request.user, action=audit.Action.API_TOKEN_REVOKED, target=str(token), now=now
    )
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("settings:profile")


def _render(
    request: SignedInRequest, *, form: ProfileForm, token_form: ApiTokenForm
) -> HttpResponse:
    context = {
        "form": form,
        "has_password": not is_salesforce_only(),
        "token_form": token_form,
        "tokens": request.user.api_tokens.filter(revoked_at=None).order_by("-created_at"),
        "teams": request.user.teams.order_by("-is_everyone", "name"),
        "has_two_factor": is_mfa_enabled(request.user),
    }
    return render(request, "admin_config/profile/profile.html", context)
