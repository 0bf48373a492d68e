"""A request sent again with the same Idempotency-Key within 24 hours is carried out once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from activities.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
MAX_LENGTH = 255

Handler = Callable[..., Response]


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


def idempotent(handler: Handler) -> Handler:
    """Carry a view's method out once for a key: its effects and its answer are stored together.

    Without the header every request counts. An answer that is an error is not stored, for nothing
    was done. Raises KeyReused when the key came with another request.
    """

    @wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        user: Any = request.user
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not (0 < len(key) <= MAX_LENGTH and key.isprintable()):
            raise ParseError(_("An Idempotency-Key has 1 to 255 printable characters."))
        with transaction.atomic():
            _lock(user, key)
            if known := _known(user, request, key):
                return known
            response = handler(view, request, *args, **kwargs)
            _store(user, request, key, response)
        return response

    return answer


def forget_old_requests() -> int:
    """Delete what is older than 24 hours; return how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return old.delete()[0]


def _lock(user: Any, key: str) -> None:
    """Have a second request with this key wait until the first one is answered."""
    digest = hashlib.sha256(f"{user.pk}:{key}".encode()).digest()
    number = int.from_bytes(digest[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _known(user: Any, request: Request, key: str) -> Response | None:
    requests = IdempotentRequest.objects.filter(user=user, key=key)
    requests.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    known = requests.first()
    if known is None:
        return None
    if known.fingerprint != _fingerprint(request):
        raise KeyReused(_("This Idempotency-Key was used for another request. Use a new one."))
    return Response(known.body, status=known.status, headers={"Idempotent-Replayed": "true"})


def _store(user: Any, request: Request, key: str, response: Response) -> None:
    IdempotentRequest.objects.create(
        user=user,
        key=key,
        fingerprint=_fingerprint(request),
        status=response.status_code,
        body=response.data,
        created_at=timezone.now(),
    )


def _fingerprint(request: Request) -> str:
    said = [request.method, request.get_full_path(), request.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
