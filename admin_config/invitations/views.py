from typing import Any

from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from admin_config.access import SignedInRequest, admin_required
from admin_config.errors import Refused
from admin_config.invitations import services
from admin_config.invitations.forms import AcceptForm, InviteForm
from admin_config.invitations.mail import is_mail_configured, link_url
from admin_config.models import Invitation, hash_secret
from admin_config.sign_in.policy import is_salesforce_only
from admin_config.tasks import mail_links
from admin_config.users.services import seats_free


@require_http_methods(["GET", "POST"])
@never_cache
@admin_required
def invite(request: SignedInRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            links = services.invite(**form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error("emails", refusal.message)
        else:
            return _show_links(request, links)
    context = {
        "form": form,
        "mail_is_configured": is_mail_configured(),
        "seats_free": seats_free(timezone.now()),
    }
    return render(request, "admin_config/invitations/invite.html", context)


@require_POST
@never_cache
@admin_required
def renew(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    try:
        link = services.renew(invitation=invitation, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("settings:users")
    return _show_links(request, [link])


@require_POST
@admin_required
def revoke(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    services.revoke(invitation=invitation, by=request.user, now=timezone.now())
    messages.success(
        request, _("The invitation for %(email)s is revoked.") % {"email": invitation.email}
    )
    return redirect("settings:users")


@rate_limit(action="accept_invitation")  # type: ignore[untyped-decorator]
@login_not_required
@sensitive_post_parameters("password", "password_again")
@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    invitation = Invitation.objects.filter(secret_hash=hash_secret(secret)).first()
    if invitation is None or not invitation.is_open(timezone.now()):
        return render(request, "admin_config/invitations/invalid.html", status=410)
    by_salesforce = is_salesforce_only()
    form = AcceptForm(request.POST or None, email=invitation.email, has_password=not by_salesforce)
    if request.method == "POST" and form.is_valid():
        names = ("first_name", "last_name", "time_zone", "password")
        values: dict[str, Any] = {name: form.cleaned_data.get(name) for name in names}
        try:
            user = services.accept(secret=secret, **values, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            if by_salesforce:
                return redirect("salesforce_login")
            login(request, user)
            return redirect("people:list")
    context = {"form": form, "invitation": invitation, "by_salesforce": by_salesforce}
    return render(request, "admin_config/invitations/accept.html", context)


def _show_links(request: SignedInRequest, links: list[services.NewLink]) -> HttpResponse:
    """The links are shown by the very answer that made them, and mailed after it."""
    is_mailed = is_mail_configured()
    if is_mailed:
        mail_links(links)
    context = {
        "links": [(link.invitation, link_url(link)) for link in links],
        "is_mailed": is_mailed,
    }
    return render(request, "admin_config/invitations/links.html", context)
