"""Public pages for readers of emails: in their language, without a session."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string


def public_page(template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Rendered without the request: nothing asks for a user, and no cookie is set."""
    response = HttpResponse(render_to_string(template, context), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def expired_page() -> HttpResponse:
    return public_page("tracking/expired.html", {}, status=410)


def no_such_page() -> HttpResponse:
    return public_page("tracking/no_such_page.html", {}, status=404)
