"""The sync state in the top bar, which every signed-in user sees."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from admin_config.access import SignedInRequest


@require_safe
def sync_status(request: SignedInRequest) -> HttpResponse:
    return render(request, "partials/sync_status.html")
