"""What the signed-in pages of people share."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """A request as the middleware leaves it: somebody is signed in, htmx may be asking."""

    user: Any
    htmx: HtmxDetails


def wants_fragment(request: Request) -> bool:
    """Whether htmx puts the answer into a page, and not the browser into its window."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def render_panel(
    request: Request, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The same template as a panel over the list for htmx, or as a page for a plain link."""
    context = {**frame_of(request), "section": "people", **context}
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request, Cookie"
    response["Cache-Control"] = "no-store"
    return response


def frame_of(request: Request) -> dict[str, Any]:
    """What a template needs to know to be a panel or a page."""
    is_panel = wants_fragment(request)
    return {
        "base": "people/base_panel.html" if is_panel else "people/base_page.html",
        "is_panel": is_panel,
        # Headings follow the title, which is <h2> in a panel and <h1> on a page.
        "card_heading": "h3" if is_panel else "h2",
    }


def back(request: Request) -> HttpResponse:
    """To where the form was opened from, or the people list."""
    url = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure()):
        url = reverse("people:list")
    return go(request, url)


def go(request: Request, url: str) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponseClientRedirect(url)
    response: HttpResponseRedirect = redirect(url)
    return response
