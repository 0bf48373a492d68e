"""What holds for every request: the user's language and time, and an end when signed out."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRefresh


class UserPreferencesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with (
            timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)),
            translation.override(request.user.language),
        ):
            return self.get_response(request)


class SignedOutFragmentMiddleware:
    """A fragment asked for after the session ended reloads its page, which leads to the sign-in.

    Following the redirect would put the sign-in page in the fragment's place.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_signed_out = response.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
        if is_signed_out and "HX-Request" in request.headers:
            return HttpResponseClientRefresh()
        return response
