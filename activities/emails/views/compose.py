"""Writing an email to one person: opening the panel, and the draft that saves itself."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import retarget

from activities.emails import services
from activities.emails.drafts import Conflict, version_of
from activities.emails.forms import ComposeForm
from activities.emails.identities import default_identity
from activities.emails.models import Email
from activities.emails.openings import beginning_of, reminder_of
from activities.emails.preflight import problems
from activities.emails.rendering import render as render_email
from activities.emails.selectors import own_emails
from activities.emails.template_selectors import usable_templates
from activities.emails.views.compose_panel import (
    compose_panel,
    posted_form,
    save_form,
    saved,
    state_beside,
)
from activities.emails.views.pages import done, own_email
from activities.reminders.models import Reminder
from people.errors import Refused
from people.models import Person
from people.selection import is_id
from people.views.requests import Request, go, wants_fragment


@require_safe
def compose(request: Request) -> HttpResponse:
    """An email to `person`, or a follow-up to the email `follow_up_to`. Saves nothing yet.

    With `reminder` it begins with what the reminder is about, and sending it completes that.
    """
    reminder = _named(request, Reminder.objects.filter(owner=request.user), "reminder")
    beginning = beginning_of(reminder, timezone.now()) if reminder else None
    if reminder and beginning:
        return compose_panel(request, beginning.email, reminder=reminder, files=beginning.files)
    first = _named(request, own_emails(user=request.user).filter(deleted_at=None), "follow_up_to")
    person = first.person if first else _named(request, Person.objects.active(), "person")
    if person is None:
        raise Http404
    email = Email(
        uuid=uuid.uuid4(),
        sender=request.user,
        person=person,
        identity=default_identity(request.user),
        follow_up_to=first,
    )
    begun = own_emails(user=request.user).filter(
        person=person, state=Email.State.DRAFT, batch=None, campaign_id=None, deleted_at=None
    )
    newest = begun.order_by("-updated_at").first()
    return compose_panel(request, email, begun=newest, reminder=reminder)


def _named(request: Request, among: Any, name: str) -> Any:
    """The object that a parameter names; None without the parameter."""
    pk = request.GET.get(name, "")
    if not pk:
        return None
    if not is_id(pk):
        raise Http404
    return get_object_or_404(among, pk=int(pk))


@require_safe
def edit(request: Request, pk: int) -> HttpResponse:
    """The panel with a draft in it."""
    email = own_email(request, pk)
    is_in_batch = email.batch is not None and email.batch.sent_at is None
    if email.state != Email.State.DRAFT or email.deleted_at or is_in_batch:
        return go(request, reverse("emails:email", args=[pk]))
    return compose_panel(request, email, reminder=reminder_of(email))


@require_POST
def save(request: Request) -> HttpResponse:
    """Save the draft; the answer is the small print under the form that says so."""
    form = posted_form(request)
    try:
        email = save_form(request, form)
    except Conflict as conflict:
        context = state_beside(conflict.email, version=form.cleaned_data["version"])
    except Refused as refusal:
        context = {"trouble": str(refusal), "version": form.cleaned_data["version"]}
    else:
        context = _state_of(email, form)
        if not wants_fragment(request):
            return go(request, reverse("emails:edit", args=[email.pk]))
    return render(request, "emails/draft_state.html", context)


def _state_of(email: Email, form: ComposeForm) -> dict[str, Any]:
    return {
        "version": version_of(email),
        "saved_at": email.updated_at,
        "note": form.bad_addresses(),
    }


@require_POST
def use_template(request: Request) -> HttpResponse:
    """Replace what is there by a template, its files and all."""
    form = posted_form(request)
    pk = request.POST.get("choose", "")
    if not is_id(pk):
        raise Http404
    template = get_object_or_404(usable_templates(user=request.user), pk=int(pk))
    email = saved(
        request,
        form,
        template=template,
        is_non_commercial=template.is_non_commercial,
        subject=template.subject,
        body_html=template.body_html,
        files=list(template.files.defer("content")),
        tracked_files=[],
    )
    if isinstance(email, HttpResponse):
        return email
    return compose_panel(request, email, reminder=form.cleaned_data.get("reminder"))


@require_POST
def preview(request: Request) -> HttpResponse:
    """The email as this person would get it, under the form."""
    form = posted_form(request)
    email = saved(request, form)
    if isinstance(email, HttpResponse):
        return retarget(email, "#panel")
    context = {
        "email": email,
        **_state_of(email, form),
        "rendered": render_email(email=email),
        "problems": problems(emails=[email], now=timezone.now()),
    }
    return render(request, "emails/preview.html", context)


@require_POST
def discard(request: Request) -> HttpResponse:
    """Throw away what was written; Undo brings it back."""
    form = posted_form(request)
    email = own_emails(user=request.user).filter(uuid=form.cleaned_data["key"]).first()
    to = reverse("emails:list")
    if email is None:
        return done(request, _("Nothing was kept."), to=to)
    try:
        services.delete(email=email, now=timezone.now())
    except Refused as refusal:
        return compose_panel(request, email, refusal=str(refusal), reminder=reminder_of(email))
    undo = (_("Undo"), f"{reverse('emails:undelete')}?email={email.pk}")
    return done(request, _("Draft deleted."), to=to, undo=undo)
