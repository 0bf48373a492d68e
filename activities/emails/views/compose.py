"""Writing an email to one person: the panel, the draft that saves itself, and sending it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from activities.emails import services
from activities.emails.drafts import Conflict, save_draft, version_of
from activities.emails.fields import DYNAMIC_FIELDS, HTML_FIELDS
from activities.emails.forms import ComposeForm
from activities.emails.identities import default_identity
from activities.emails.models import Email
from activities.emails.preflight import Problem, problems
from activities.emails.recipients import early_warnings
from activities.emails.rendering import render as render_email
from activities.emails.selectors import own_emails
from activities.emails.template_selectors import usable_templates
from activities.emails.views.files import file_context
from activities.emails.views.pages import (
    UNDO_FOR,
    chosen_time,
    done,
    own_email,
    render_email_panel,
)
from people.errors import Refused
from people.models import Person
from people.selection import is_id
from people.selectors import duplicates_of
from people.views.requests import Request, go, wants_fragment


@require_safe
def compose(request: Request) -> HttpResponse:
    """An empty email to `person`, or a follow-up to the email `follow_up_to`. Saves nothing yet."""
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
    return _panel(request, email, begun=begun.order_by("-updated_at").first())


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
    return _panel(request, email)


@require_POST
def save(request: Request) -> HttpResponse:
    """Save the draft; the answer is the small print under the form that says so."""
    form = _form(request)
    try:
        email = _saved(request, form)
    except Conflict as conflict:
        context = _state_beside(conflict.email, version=form.cleaned_data["version"])
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


def _state_beside(other: Email, *, version: str) -> dict[str, Any]:
    """What a form says whose email was changed in another window."""
    is_draft = other.state == Email.State.DRAFT and other.deleted_at is None
    return {
        "version": version,
        "other_at": other.updated_at,
        "other_version": version_of(other) if is_draft else "",
        "other_url": reverse("emails:edit" if is_draft else "emails:email", args=[other.pk]),
    }


def _form(request: Request) -> ComposeForm:
    form = ComposeForm(request.POST, user=request.user)
    if not form.names_somebody():
        raise Http404
    return form


def _saved(request: Request, form: ComposeForm, **instead: Any) -> Email:
    cleaned = form.cleaned_data
    return save_draft(
        sender=request.user,
        person=cleaned["person"],
        follow_up_to=cleaned.get("follow_up_to"),
        now=timezone.now(),
        **form.key_and_version,
        **{**form.content, **instead},
    )


@require_POST
def use_template(request: Request) -> HttpResponse:
    """Replace what is there by a template, its files and all."""
    form = _form(request)
    pk = request.POST.get("choose", "")
    if not is_id(pk):
        raise Http404
    template = get_object_or_404(usable_templates(user=request.user), pk=int(pk))
    try:
        email = _saved(
            request,
            form,
            template=template,
            is_non_commercial=template.is_non_commercial,
            subject=template.subject,
            body_html=template.body_html,
            files=list(template.files.defer("content")),
            tracked_files=[],
        )
    except Conflict as conflict:
        return _conflicting(request, conflict)
    return _panel(request, email)


@require_POST
def preview(request: Request) -> HttpResponse:
    """The email as this person would get it, under the form."""
    form = _form(request)
    try:
        email = _saved(request, form)
    except Conflict as conflict:
        return _conflicting(request, conflict)
    context = {
        "email": email,
        **_state_of(email, form),
        "rendered": render_email(email=email),
        "problems": problems(emails=[email], now=timezone.now()),
    }
    return render(request, "emails/preview.html", context)


@require_POST
def send(request: Request) -> HttpResponse:
    """Queue the email, unless something in it or about the person would stop it."""
    form = _form(request)
    now = timezone.now()
    try:
        email = _saved(request, form)
    except Conflict as conflict:
        return _conflicting(request, conflict)
    try:
        form.refuse_bad_addresses()
        at = chosen_time(request, now)
        if found := [
            problem for problem in problems(emails=[email], now=now) if not problem.is_wait
        ]:
            return _panel(request, email, problems=found)
        email = services.schedule(email=email, now=now, at=at or now + UNDO_FOR)
    except Refused as refusal:
        return _panel(request, email, refusal=str(refusal), copies=form.data)
    return _queued(request, email, at)


def _queued(request: Request, email: Email, at: datetime | None) -> HttpResponse:
    name = email.person.name
    if at:
        local = timezone.localtime(at)
        when = f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
        words = _("Goes to %(name)s on %(when)s.") % {"name": name, "when": when}
    else:
        words = _("On its way to %(name)s.") % {"name": name}
    return done(
        request,
        words,
        to=reverse("emails:email", args=[email.pk]),
        undo=(_("Undo"), reverse("emails:unschedule", args=[email.pk])),
    )


@require_POST
def unschedule(request: Request, pk: int) -> HttpResponse:
    """Take a scheduled email back: a draft again, open for editing."""
    email = own_email(request, pk)
    try:
        email = services.unschedule(email=email, now=timezone.now())
    except Refused as refusal:
        return done(request, str(refusal), to=reverse("emails:email", args=[pk]))
    if not wants_fragment(request):
        return go(request, reverse("emails:edit", args=[pk]))
    return _panel(request, email)


@require_POST
def discard(request: Request) -> HttpResponse:
    """Throw away what was written; Undo brings it back."""
    form = _form(request)
    email = own_emails(user=request.user).filter(uuid=form.cleaned_data["key"]).first()
    to = reverse("emails:list")
    if email is None:
        return done(request, _("Nothing was kept."), to=to)
    services.delete(email=email, now=timezone.now())
    undo = (_("Undo"), f"{reverse('emails:undelete')}?email={email.pk}")
    return done(request, _("Draft deleted."), to=to, undo=undo)


def _conflicting(request: Request, conflict: Conflict) -> HttpResponse:
    """What is saved, under the word that what was asked for did not happen."""
    words = _(
        "This email was changed in another window. This is how it is there; nothing was done."
    )
    if conflict.email.state != Email.State.DRAFT or conflict.email.deleted_at:
        return done(request, _("This email is not a draft any more."), to=reverse("emails:list"))
    return _panel(request, conflict.email, refusal=words)


def _panel(
    request: Request,
    email: Email,
    *,
    problems: list[Problem] | None = None,
    refusal: str = "",
    begun: Email | None = None,
    copies: Any = None,
) -> HttpResponse:
    is_saved = email.pk is not None
    files = list(email.files.select_related("file").defer("file__content")) if is_saved else []
    now = timezone.now()
    context = {
        "email": email,
        "version": version_of(email),
        "saved_at": email.updated_at,
        "problems": problems or (),
        "refusal": refusal,
        "begun": begun,
        "cc": copies.get("cc", "") if copies else ", ".join(email.cc),
        "bcc": copies.get("bcc", "") if copies else ", ".join(email.bcc),
        "warnings": early_warnings(emails=[email], now=now),
        "identities": request.user.sender_identities.order_by("-is_default", "address"),
        "choices_url": reverse("emails:template-choices"),
        "dynamic_fields": (*DYNAMIC_FIELDS, *HTML_FIELDS),
        "duplicate_count": duplicates_of(email.person).count(),
        "now": now,
        "soon": now + timedelta(hours=1),
        **file_context(
            request,
            files=[each.file for each in files],
            tracked={str(each.file_id) for each in files if each.is_tracked},
        ),
    }
    return render_email_panel(request, "emails/compose.html", context)
