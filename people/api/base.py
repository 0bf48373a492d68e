"""What every API view shares: rate limits, their headers, and answers that no cache may reuse."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from people.api.rate_limit import Allowance, count_call


class ApiView(APIView):
    allowance: Allowance | None = None

    def check_throttles(self, request: Request) -> None:
        caller = f"token-{request.auth.pk}" if request.auth else f"user-{request.user.pk}"
        self.count_call(caller, settings.API_CALLS_PER_MINUTE)

    def count_call(self, caller: str, limit: int) -> None:
        self.allowance = count_call(caller, limit=limit)
        if self.allowance.is_exceeded:
            raise Throttled(self.allowance.seconds_left)

    def handle_exception(self, exc: Exception) -> Response:
        """A call without a valid token counts against the address it comes from."""
        if isinstance(exc, NotAuthenticated | AuthenticationFailed):
            address = BaseThrottle().get_ident(self.request)
            try:
                self.count_call(f"address-{address}", settings.API_REFUSALS_PER_MINUTE)
            except Throttled as throttled:
                exc = throttled
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.allowance is not None:
            for name, value in self.allowance.headers.items():
                response[name] = value
        # A consumer keeps what it was given; nobody in between may.
        patch_cache_control(response, private=True, no_cache=True)
        patch_vary_headers(response, ["Authorization"])
        return response
