from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from admin_config import audit
from admin_config.access import SignedInRequest, admin_required
from admin_config.errors import Refused
from admin_config.models import User
from admin_config.sign_in.passwords import by_password
from admin_config.sign_in.policy import is_salesforce_only
from admin_config.users import selectors, services
from admin_config.users.forms import UserForm


@require_safe
@admin_required
def user_list(request: SignedInRequest) -> HttpResponse:
    query = {
        "q": request.GET.get("q", ""),
        "state": request.GET.get("state", "active"),
        "sort": request.GET.get("sort", "name"),
    }
    context = {
        **query,
        "users": selectors.users(**query),
        "invitations": selectors.waiting_invitations(),
        "seats_free": services.seats_free(timezone.now()),
        "seats": User.MAX_SEATS,
        "now": timezone.now(),
    }
    template = "admin_config/users/list.html"
    if request.htmx and not request.htmx.boosted:
        template += "#table"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
@admin_required
def user_edit(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    form = UserForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_user(
                user=user,
                changes=form.changes(),
                teams=form.cleaned_data["teams"],
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("role", refusal.message)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": user.name})
            return redirect("settings:home" if user == request.user else "settings:users")
    context = {"form": form, "member": user, "has_passwords": not is_salesforce_only()}
    return render(request, "admin_config/users/edit.html", context)


@require_http_methods(["GET", "POST"])
@admin_required
def user_deactivate(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    if request.method != "POST":
        return render(request, "admin_config/users/deactivate.html", {"member": user})
    try:
        services.deactivate_user(user=user, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is signed out and locked.") % {"name": user.name})
    return redirect("settings:users")


@require_POST
@admin_required
def user_reactivate(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, pk=user_id)
    try:
        services.reactivate_user(user=user, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s can sign in again.") % {"name": user.name})
    return redirect("settings:users")


@require_POST
@never_cache
@admin_required
@by_password
def password_link(request: SignedInRequest, user_id: int) -> HttpResponse:
    """A link to choose a new password, for users whom no mail reaches."""
    user = get_object_or_404(User, pk=user_id, is_active=True)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    audit.record(
        actor=request.user,
        action=audit.Action.PASSWORD_LINK_MADE,
        target=user.email,
        now=timezone.now(),
    )
    context = {"member": user, "url": get_adapter().get_reset_password_from_key_url(key)}
    return render(request, "admin_config/users/password_link.html", context)
