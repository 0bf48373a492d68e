"""The page of a file that was sent as a link: to look at, to download, and who sent it."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from activities.emails.models import EmailFile, TrackingHit
from activities.emails.tracking import tokens
from activities.emails.tracking.hits import hit_of
from activities.emails.tracking.pages import expired_page, no_such_page, public_page
from activities.emails.tracking.tokens import Kind
from activities.emails.tracking.unsubscribe_views import sender_of

# What browsers show without running anything of it; all else is for download.
IMAGES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
SHOWN = IMAGES | {"application/pdf", "text/plain"}


@login_not_required
@require_safe
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know views of one argument
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Each look at the page is a hit."""
    try:
        sent = _file_of(token, with_content=False)
    except tokens.Expired:
        return expired_page()
    except (tokens.Invalid, EmailFile.DoesNotExist):
        return no_such_page()
    hit = hit_of(request, TrackingHit.Kind.VIEW, email_id=sent.email_id, now=timezone.now())
    hit.file_id = sent.file_id
    hit.save()
    context = {
        "file": sent.file,
        "sender": sender_of(sent.email),
        "content_url": reverse("tracking:file-content", args=[token]),
        "is_shown": sent.file.content_type in SHOWN,
        "is_image": sent.file.content_type in IMAGES,
    }
    return public_page("tracking/file.html", context)


@login_not_required
@require_safe
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]  # its types know views of one argument
@xframe_options_sameorigin
def content(request: HttpRequest, token: str) -> HttpResponse:
    """The file itself."""
    try:
        file = _file_of(token, with_content=True).file
    except tokens.Expired:
        return expired_page()
    except (tokens.Invalid, EmailFile.DoesNotExist):
        return no_such_page()
    is_shown = file.content_type in SHOWN and "download" not in request.GET
    response = HttpResponse(
        bytes(file.content),
        content_type=file.content_type if is_shown else "application/octet-stream",
    )
    disposition = content_disposition_header(as_attachment=not is_shown, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _file_of(token: str, *, with_content: bool) -> EmailFile:
    sent = EmailFile.objects.filter(is_tracked=True).select_related(
        "file", "email", "email__sender", "email__identity"
    )
    if not with_content:
        sent = sent.defer("file__content")
    return sent.get(pk=tokens.read(Kind.FILE, token))
