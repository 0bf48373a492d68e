"""The page that a reader of an email unsubscribes by, and the one click of mail programs.

Public; the signed address is the proof that somebody has the email. Only a POST changes anything,
because security scanners open whatever is in an email. Whoever unsubscribed by mistake writes to
the sender: an admin takes it back, with the consent as the reason.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from activities.emails.models import Email
from activities.emails.tracking import tokens
from activities.emails.tracking.forms import UnsubscribeForm
from activities.emails.tracking.pages import no_such_page, public_page
from activities.emails.tracking.tokens import Kind
from people.models import Unsubscribe
from people.unsubscribes import is_unsubscribed, unsubscribe

# What RFC 8058 has mail programs send.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@csrf_exempt  # Nobody is signed in here: what lets one in is the address itself.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    email = _email_of(token)
    if email is None:
        return no_such_page()
    if is_unsubscribed(email.person):
        return public_page("tracking/unsubscribed.html", _facts_of(email))
    form = UnsubscribeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _unsubscribe(email, form.reason)
        return redirect("tracking:unsubscribe", token)
    return public_page("tracking/unsubscribe.html", {**_facts_of(email), "form": form})


@csrf_exempt  # Mail programs send this by themselves.
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def one_click(request: HttpRequest, token: str) -> HttpResponse:
    """Unsubscribe at once for a mail program; a browser that comes here gets the page."""
    email = _email_of(token)
    if email is None:
        return no_such_page()
    name, value = ONE_CLICK
    if request.POST.get(name) != value:
        return redirect("tracking:unsubscribe", token)
    _unsubscribe(email, "")
    return public_page("tracking/unsubscribed.html", _facts_of(email))


def _email_of(token: str) -> Email | None:
    try:
        pk = tokens.read(Kind.UNSUBSCRIBE, token)
    except tokens.Invalid:
        return None
    return Email.objects.select_related("person", "sender", "identity").filter(pk=pk).first()


def _unsubscribe(email: Email, reason: str) -> None:
    unsubscribe(
        person=email.person,
        source=Unsubscribe.Source.CLICKED_LINK,
        reason=reason,
        now=timezone.now(),
    )


def _facts_of(email: Email) -> dict[str, Any]:
    return {
        "address": masked(email.to_address or email.person.email),
        "sender": sender_of(email),
    }


def sender_of(email: Email) -> str:
    return email.from_header or str(email.identity or email.sender.email)


def masked(address: str) -> str:
    """Enough for its owner to know it, and no more for whoever the email was forwarded to."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}"
