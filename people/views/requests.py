"""What the signed-in pages of people share."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from people.models import Person


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


def render_card(request: Request, template: str, context: dict[str, Any]) -> HttpResponse:
    """A card of a person for htmx, which puts it into the panel, or a page for a plain link.

    `context` has the `title` of the card and the `person`.
    """
    if wants_fragment(request):
        return render_panel(request, template, context)
    return render_panel(request, "people/card_page.html", {**context, "template": template})


def address_below(request: Request, shown: Person) -> str:
    """The address of the page below the panel, with the panel open; or the person's own page."""
    own = reverse("people:person", args=[shown.pk])
    parts = urlsplit(request.htmx.current_url_abs_path or reverse("people:list"))
    if not wants_fragment(request) or parts.path == own:
        return own
    query = QueryDict(parts.query, mutable=True)
    query["person"] = str(shown.pk)
    return f"{parts.path}?{query.urlencode()}"


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
