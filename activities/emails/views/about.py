"""The newest emails to a person, as a card of the panel."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from activities.emails.selectors import visible_emails
from people.models import Person
from people.views.requests import Request, render_card

CARD_SIZE = 5


@require_safe
def about(request: Request, pk: int) -> HttpResponse:
    person = get_object_or_404(Person, pk=pk)
    emails = visible_emails(user=request.user).filter(person=person)
    emails = emails.defer("body_html", "sent_html", "sent_text").order_by("-created_at", "-pk")
    newest = list(emails[: CARD_SIZE + 1])
    context = {
        "title": _("Emails"),
        "person": person,
        "emails": newest[:CARD_SIZE],
        "has_more": len(newest) > CARD_SIZE,
    }
    return render_card(request, "emails/person_card.html", context)
