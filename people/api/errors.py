"""The one shape of an error under /api/, whoever raises it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import status
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import exception_handler as answer_exception

from people.errors import Refused

PREFIX = "/api/"


def error_body(code: str, message: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """`fields` names each parameter that is wrong, with a list of reasons."""
    return {"error": {"code": code, "message": message, "fields": dict(fields or {})}}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Put whatever REST framework answers into the shape; the rest becomes `server_error`."""
    if isinstance(exc, Refused):
        return Response(error_body("refused", str(exc)), status=status.HTTP_409_CONFLICT)
    response = answer_exception(exc, context)
    if response is None:
        return None
    detail = response.data.get("detail")
    if isinstance(detail, ErrorDetail):
        response.data = error_body(str(detail.code), detail)
    else:
        fields = {name: _reasons(errors) for name, errors in response.data.items()}
        response.data = error_body("invalid", _("A parameter is not valid."), fields)
    return response


def _reasons(errors: Any) -> list[str]:
    """A list's errors come by place: say the place with each."""
    if not isinstance(errors, dict):
        return list(errors)
    return [f"{place}: {reason}" for place, reasons in errors.items() for reason in reasons]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return JsonResponse(error_body("bad_request", _("Bad request.")), status=400)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PREFIX):
        return JsonResponse(error_body("permission_denied", _("Not allowed.")), status=403)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PREFIX):
        message = _("There is nothing at this address. Addresses end with a slash.")
        return JsonResponse(error_body("not_found", message), status=404)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(PREFIX):
        message = _("Something went wrong here. The error was logged; please try again.")
        return JsonResponse(error_body("server_error", message), status=500)
    return defaults.server_error(request)
