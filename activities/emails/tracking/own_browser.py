"""Browsers that a user of this workspace signed in with: what they open is not the prospect's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.signing import BadSignature, Signer
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from activities.emails.tracking.addresses import public_address

COOKIE = "actions_own_browser"
# As long as browsers keep a cookie at most.
LASTS = timedelta(days=400)
_VALUE = "own"


# In the environment of a request, where no header gets to.
_SIGNED_IN = "actions.signed_in"


class OwnBrowserMiddleware:
    """Marks the browser that somebody signs in with, for long after the session has ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _SIGNED_IN in request.META:
            _mark(response)
        return response


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, **_: Any) -> None:
    request.META[_SIGNED_IN] = True


def is_own_browser(request: HttpRequest) -> bool:
    try:
        return _signer().unsign(request.COOKIES.get(COOKIE, "")) == _VALUE
    except BadSignature:
        return False


def _mark(response: HttpResponse) -> None:
    is_secure = settings.PUBLIC_URL.startswith("https:")
    response.set_cookie(
        COOKIE,
        _signer().sign(_VALUE),
        max_age=LASTS,
        domain=shared_domain(settings.PUBLIC_URL, public_address()),
        secure=is_secure,
        httponly=True,
        # A webmail asks for the pixel from a page of its own, and that needs None, which needs TLS.
        samesite="None" if is_secure else "Lax",
    )


def shared_domain(*addresses: str) -> str | None:
    """The domain that the hosts of all addresses are in; None when they are one host, or strangers.

    Browsers refuse a cookie for a domain that is nobody's, as co.uk, so that needs no care here.
    """
    hosts = [(urlsplit(address).hostname or "").split(".")[::-1] for address in addresses]
    if all(host == hosts[0] for host in hosts):
        return None
    shared: list[str] = []
    for labels in zip(*hosts, strict=False):
        if len(set(labels)) > 1:
            break
        shared.insert(0, labels[0])
    return ".".join(shared) if len(shared) > 1 else None


def _signer() -> Signer:
    return Signer(salt="activities.emails.tracking.own_browser")
