"""What a "Call Webhook" flow step of Marketo sends: one lead that changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.mapping import LARGEST_ID
from syncing.selectors import get_connection
from syncing.tasks import nudge

LARGEST_BODY = 64 * 1024
ID_NAMES = ("id", "leadId", "marketo_id")


@csrf_exempt
@login_not_required
@require_POST
@sensitive_variables("secret")
def marketo_webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """Have the lead read again at once. The secret in the address is all that opens this door."""
    marketo = get_connection()
    if marketo is None or not constant_time_compare(secret, marketo.webhook_secret):
        raise Http404
    try:
        marketo_id = _lead_id(_fields(request))
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    with transaction.atomic():
        mark_dirty(marketo_ids=[marketo_id], now=timezone.now())
        nudge()
    return JsonResponse({"marketo_id": marketo_id}, status=202)


def _fields(request: HttpRequest) -> Mapping[str, Any]:
    """The body as a form or as a JSON object. Raises ValueError in words for who set it up."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
        raise ValueError(_("The body is larger than 64 KB."))
    if request.content_type != "application/json":
        return request.POST
    try:
        fields = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        raise ValueError(_("The body is not JSON.")) from None
    if not isinstance(fields, dict):
        raise ValueError(_("The body is not a JSON object."))  # noqa: TRY004 - the sender's mistake
    return fields


def _lead_id(fields: Mapping[str, Any]) -> int:
    value = next((str(fields[name]) for name in ID_NAMES if name in fields), "").strip()
    is_number = value.isascii() and value.isdecimal() and len(value) <= len(str(LARGEST_ID))
    if not is_number or not 0 < int(value) <= LARGEST_ID:
        raise ValueError(_("Send the lead's Marketo id as “id”, for example id={{lead.Id}}."))
    return int(value)
