"""Where providers report how calls go."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from activities.calls.bridging import take_report
from activities.calls.providers import providers
from activities.calls.providers.base import NotGenuine


@csrf_exempt
@login_not_required
@require_POST
def report(request: HttpRequest, provider: str) -> HttpResponse:
    """Public, for whoever signs as the provider. 404 asks it to report again in a while."""
    found = providers().get(provider)
    if found is None:
        raise Http404
    try:
        said = found.read_report(headers=request.headers, body=request.body, now=timezone.now())
    except NotGenuine:
        return HttpResponse(status=403)
    return HttpResponse(status=204 if take_report(provider=provider, report=said) else 404)
