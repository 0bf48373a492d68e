"""Who may open a settings page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from admin_config.models import User

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """A request as views see it behind LoginRequiredMiddleware."""

    user: User
    htmx: HtmxDetails


def admin_required(view: View) -> View:
    """Refuse users who are not admins with a page that says so."""

    @wraps(view)
    def guarded(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_admin:
            raise PermissionDenied(_("This page is for admins. Ask an admin of your workspace."))
        return view(request, *args, **kwargs)

    return guarded
