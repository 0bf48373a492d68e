"""A request for a tracking address as the row that is kept of it."""

from __future__ import annotations

import ipaddress
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _

from activities.emails.models import TrackingHit
from activities.emails.tracking.own_browser import is_own_browser

# What browsers and mail programs send with a request whose answer nobody may ever look at.
PREFETCH_HEADERS = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
PREFETCH_WORDS = ("prefetch", "prerender", "preview")


def hit_of(
    request: HttpRequest, kind: TrackingHit.Kind, *, email_id: int, now: datetime
) -> TrackingHit:
    """The hit, not saved. What says of itself that it is no reader is judged already."""
    reason = _not_a_reader(request)
    return TrackingHit(
        email_id=email_id,
        kind=kind,
        occurred_at=now,
        ip_address=client_address(request),
        # PostgreSQL takes no NUL.
        user_agent=request.headers.get("User-Agent", "").replace("\0", "")[:500],
        is_self=is_own_browser(request),
        verdict=TrackingHit.Verdict.AUTOMATED if reason else TrackingHit.Verdict.PENDING,
        verdict_reason=reason,
    )


def client_address(request: HttpRequest) -> str | None:
    """Where the request comes from; what proxies say counts only for the trusted ones."""
    address = request.META.get("REMOTE_ADDR", "")
    proxies = settings.TRUSTED_PROXIES
    if proxies and (forwarded := request.META.get("HTTP_X_FORWARDED_FOR")):
        hops = forwarded.split(",")
        address = hops[-min(proxies, len(hops))].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def _not_a_reader(request: HttpRequest) -> str:
    if request.method == "HEAD":
        return _("Asked only whether the address works")
    purposes = " ".join(request.headers.get(name, "") for name in PREFETCH_HEADERS).lower()
    if any(word in purposes for word in PREFETCH_WORDS):
        return _("Fetched ahead of a reader")
    return ""
