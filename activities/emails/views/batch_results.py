"""An email to many that was sent: a row for everybody, live, and what can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activities.emails.batch_drafts import emails_of
from activities.emails.batches import recall_batch
from activities.emails.models import Email, EmailBatch
from activities.emails.services import delete
from activities.emails.views.pages import done
from people.errors import Refused
from people.views.requests import Request, go, wants_fragment

State = Email.State
UNREACHED = {State.FAILED, State.BOUNCED, State.SPAM, State.UNCERTAIN, State.CANCELLED}
# What is due in so long is watched while it goes out.
SOON = timedelta(minutes=1)


def own_batch(request: Request, pk: int) -> EmailBatch:
    batches = EmailBatch.objects.select_related("group", "template")
    batch: EmailBatch = get_object_or_404(batches, pk=pk, sender=request.user)
    return batch


def uncached(response: HttpResponse) -> HttpResponse:
    response["Vary"] = "HX-Request, Cookie"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def recall(request: Request, pk: int) -> HttpResponse:
    """Take back what has not gone out."""
    batch = own_batch(request, pk)
    try:
        recall_batch(batch=batch, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return go(request, reverse("emails:batch", args=[pk]))


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    """Throw away an email to many that was not sent."""
    batch = own_batch(request, pk)
    if batch.sent_at:
        return go(request, reverse("emails:batch", args=[pk]))
    for email in batch.emails.filter(deleted_at=None):
        delete(email=email, now=timezone.now())
    return done(request, _("Thrown away."), to=reverse("emails:list"))


@require_safe
def progress(request: Request, pk: int) -> HttpResponse:
    """The rows of a sent batch as they are now."""
    return uncached(
        render(request, "emails/batch_rows.html", _result_context(own_batch(request, pk)))
    )


def result_page(request: Request, batch: EmailBatch) -> HttpResponse:
    context = {"section": "command-center", **_result_context(batch)}
    template = (
        "emails/batch_result_content.html"
        if wants_fragment(request)
        else "emails/batch_result.html"
    )
    return uncached(render(request, template, context))


def _result_context(batch: EmailBatch) -> dict[str, Any]:
    emails = emails_of(batch)
    states = [email.state for email in emails]
    moving = [email for email in emails if _is_moving(email)]
    return {
        "batch": batch,
        "emails": emails,
        "total": len(emails),
        "sent_count": states.count(State.SENT),
        "waiting_count": states.count(State.SCHEDULED) + states.count(State.IN_PROGRESS),
        "failed": [email for email in emails if email.state in UNREACHED],
        "is_moving": bool(moving),
        "can_recall": State.SCHEDULED in states,
    }


def _is_moving(email: Email) -> bool:
    if email.state == State.IN_PROGRESS:
        return True
    due = email.next_attempt_at
    return email.state == State.SCHEDULED and due is not None and due < timezone.now() + SOON
