"""The compose panel: what it shows, and what a form in it asks to be saved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from activities.emails.drafts import Conflict, save_draft, version_of
from activities.emails.fields import DYNAMIC_FIELDS, HTML_FIELDS
from activities.emails.forms import ComposeForm
from activities.emails.models import Email, StoredFile
from activities.emails.preflight import Problem
from activities.emails.recipients import early_warnings
from activities.emails.selectors import own_emails
from activities.emails.views.files import file_context
from activities.emails.views.pages import done, render_email_panel
from activities.reminders.models import Reminder
from people.errors import Refused
from people.selectors import duplicates_of
from people.views.requests import Request


def posted_form(request: Request) -> ComposeForm:
    form = ComposeForm(request.POST, user=request.user)
    if not form.names_somebody():
        raise Http404
    return form


def save_form(request: Request, form: ComposeForm, **instead: Any) -> Email:
    """Save the draft as the form shows it, but for what is given. Raises as `save_draft`."""
    cleaned = form.cleaned_data
    return save_draft(
        sender=request.user,
        person=cleaned["person"],
        follow_up_to=cleaned.get("follow_up_to"),
        reminder=cleaned.get("reminder"),
        now=timezone.now(),
        **form.key_and_version,
        **{**form.content, **instead},
    )


def saved(request: Request, form: ComposeForm, **instead: Any) -> Email | HttpResponse:
    """The email once it is saved as `save_form` does, or the panel that says why it is not."""
    try:
        return save_form(request, form, **instead)
    except Conflict as conflict:
        return _conflicting(request, form, conflict.email)
    except Refused as refusal:
        return _as_typed(request, form, str(refusal))


def _conflicting(request: Request, form: ComposeForm, other: Email) -> HttpResponse:
    """What was typed, with the choice between it and what another window saved."""
    if other.state != Email.State.DRAFT or other.deleted_at:
        return done(request, _("This email is not a draft any more."), to=reverse("emails:list"))
    words = _(
        "This email was changed in another window, so nothing was done. Choose below which of the"
        " two is kept."
    )
    state = state_beside(other, version=form.cleaned_data["version"])
    return _as_typed(request, form, words, state=state)


def state_beside(other: Email, *, version: str) -> dict[str, Any]:
    """What a form says whose email was changed in another window."""
    is_draft = other.state == Email.State.DRAFT and other.deleted_at is None
    return {
        "version": version,
        "other_at": other.updated_at,
        "other_version": version_of(other) if is_draft else "",
        "other_url": reverse("emails:edit" if is_draft else "emails:email", args=[other.pk]),
    }


def _as_typed(
    request: Request, form: ComposeForm, refusal: str, *, state: dict[str, Any] | None = None
) -> HttpResponse:
    """The panel as it was sent, for what can't be saved is not lost either."""
    key = form.cleaned_data["key"]
    email = own_emails(user=request.user).filter(uuid=key).first() or Email(
        uuid=key, sender=request.user, person=form.cleaned_data["person"]
    )
    content = form.content
    files, tracked = content.pop("files"), content.pop("tracked_files")
    for name, value in content.items():
        setattr(email, name, value)
    return compose_panel(
        request,
        email,
        refusal=refusal,
        reminder=form.cleaned_data.get("reminder"),
        copies=form.data,
        files=[*files, *tracked],
        tracked={str(file.pk) for file in tracked},
        state=state,
    )


def compose_panel(
    request: Request,
    email: Email,
    *,
    problems: Sequence[Problem] = (),
    refusal: str = "",
    begun: Email | None = None,
    reminder: Reminder | None = None,
    copies: Any = None,
    files: Sequence[StoredFile] | None = None,
    tracked: Collection[str] = (),
    state: dict[str, Any] | None = None,
) -> HttpResponse:
    """The panel with this email, saved or not; `files` only when they are not the email's own.

    `copies` has Cc and Bcc as they were typed, `begun` is another draft to the same person,
    `state` what `state_beside` tells.
    """
    if files is None:
        files, tracked = _files_of(email)
    now = timezone.now()
    context = {
        "email": email,
        "version": version_of(email),
        "saved_at": email.updated_at,
        "problems": problems,
        "refusal": refusal,
        "begun": begun,
        "reminder": reminder,
        "cc": copies.get("cc", "") if copies else ", ".join(email.cc),
        "bcc": copies.get("bcc", "") if copies else ", ".join(email.bcc),
        "warnings": early_warnings(emails=[email], now=now),
        "identities": request.user.sender_identities.order_by("-is_default", "address"),
        "choices_url": reverse("emails:template-choices"),
        "dynamic_fields": (*DYNAMIC_FIELDS, *HTML_FIELDS),
        "duplicate_count": duplicates_of(email.person).count(),
        "now": now,
        "soon": now + timedelta(hours=1),
        **file_context(request, files=files, tracked=tracked),
        **(state or {}),
    }
    return render_email_panel(request, "emails/compose.html", context)


def _files_of(email: Email) -> tuple[list[StoredFile], set[str]]:
    """The files of an email, and which of them are tracked."""
    if email.pk is None:
        return [], set()
    found = list(email.files.select_related("file").defer("file__content"))
    return [each.file for each in found], {str(each.file_id) for each in found if each.is_tracked}
