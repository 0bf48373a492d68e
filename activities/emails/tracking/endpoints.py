"""What the pixel and the links of sent emails ask for.

Public, and quick: a hit is written as it came and judged later. No session, no cookie is set, and
only the stored address of a link is ever led on to.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from activities.emails.models import EmailLink, TrackingHit
from activities.emails.tracking import tokens
from activities.emails.tracking.hits import hit_of
from activities.emails.tracking.pages import expired_page, no_such_page
from activities.emails.tracking.tokens import Kind

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@login_not_required
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """A transparent pixel, whoever asks; the open counts when the token is one of ours."""
    try:
        email_id = tokens.read(Kind.PIXEL, token)
        hit_of(request, TrackingHit.Kind.OPEN, email_id=email_id, now=timezone.now()).save()
    except (tokens.Invalid, tokens.Expired, IntegrityError):
        pass  # A broken image would only tell the reader that something is tracked.
    return HttpResponse(PIXEL, content_type="image/gif", headers=HEADERS)


@login_not_required
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = EmailLink.objects.get(pk=tokens.read(Kind.CLICK, token))
    except tokens.Expired:
        return expired_page()
    except (tokens.Invalid, EmailLink.DoesNotExist):
        return no_such_page()
    hit = hit_of(request, TrackingHit.Kind.CLICK, email_id=link.email_id, now=timezone.now())
    hit.link = link
    hit.save()
    return HttpResponse(status=302, headers={**HEADERS, "Location": iri_to_uri(link.url)})
