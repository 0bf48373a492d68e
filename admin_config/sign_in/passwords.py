"""What is about passwords is closed while only Salesforce signs in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from admin_config.sign_in.policy import is_salesforce_only

View = Callable[..., HttpResponseBase]


def by_password(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_salesforce_only():
            messages.error(request, _("Passwords are not used here: sign in with Salesforce."))
            return redirect("account_login")
        return view(request, *args, **kwargs)

    return guarded
