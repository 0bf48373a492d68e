"""Writing to many people at once: ticked ones, or a group."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from activities.emails.batch_drafts import (
    Changed,
    batch_version,
    emails_of,
    save_for_all,
    save_for_one,
    share_text_again,
)
from activities.emails.batches import send_batch
from activities.emails.drafts import version_of
from activities.emails.fields import DYNAMIC_FIELDS, HTML_FIELDS
from activities.emails.forms import BatchForm
from activities.emails.models import Email, EmailBatch
from activities.emails.preflight import problems
from activities.emails.recipients import early_warnings
from activities.emails.services import delete
from activities.emails.template_selectors import usable_templates
from activities.emails.views.batch_results import own_batch, result_page, uncached
from activities.emails.views.files import file_context
from activities.emails.views.pages import UNDO_FOR, chosen_time
from people.errors import Refused
from people.selection import is_id
from people.views.requests import Request, go, wants_fragment

CHANGED = gettext_lazy(
    "The text was changed in another window. This is how it is there; nothing was done."
)


@require_safe
def batch(request: Request, pk: int) -> HttpResponse:
    """Until it is sent the page to write it on, then the page of what became of each email."""
    shown = own_batch(request, pk)
    if shown.sent_at:
        return result_page(request, shown)
    return _writing(request, shown, one=_one(request, shown))


def _one(request: Request, batch: EmailBatch) -> Email | None:
    """The email of the one person that is being edited or previewed."""
    data = request.POST if request.method == "POST" else request.GET
    pk = data.get("email", "")
    if not pk:
        return None
    if not is_id(pk):
        raise Http404
    emails = batch.emails.filter(deleted_at=None).select_related("person", "sender", "identity")
    email: Email = get_object_or_404(emails, pk=int(pk))
    return email


def _writing(
    request: Request, batch: EmailBatch, *, one: Email | None = None, refusal: str = ""
) -> HttpResponse:
    now = timezone.now()
    emails = emails_of(batch)
    warnings = early_warnings(emails=emails, now=now)
    files = list(emails[0].files.select_related("file").defer("file__content")) if emails else []
    context = {
        "section": "command-center",
        "batch": batch,
        "one": one,
        "refusal": refusal,
        "recipients": list(zip(emails, warnings.of_readers, strict=True)),
        "choices_url": f"{reverse('emails:template-choices')}?batch={batch.pk}",
        "customised": [email for email in emails if email.is_customised],
        "is_group": batch.kind == EmailBatch.Kind.GROUP,
        "version": version_of(one) if one else batch_version(batch),
        "warnings": warnings,
        "dynamic_fields": (*DYNAMIC_FIELDS, *HTML_FIELDS),
        "now": now,
        "soon": now + timedelta(hours=1),
        **file_context(
            request,
            files=[each.file for each in files],
            tracked={str(each.file_id) for each in files if each.is_tracked},
        ),
    }
    template = "emails/batch_content.html" if wants_fragment(request) else "emails/batch.html"
    return uncached(render(request, template, context))


@require_POST
def save(request: Request, pk: int) -> HttpResponse:
    """Save the text for all, or for the one `email`; the answer is the small print that says so."""
    batch = own_batch(request, pk)
    return render(request, "emails/draft_state.html", _saved(request, batch))


def _saved(request: Request, batch: EmailBatch) -> dict[str, Any]:
    """Save what the form holds, and what there is to say of it."""
    one = _one(request, batch)
    version = request.POST.get("version", "")
    form = BatchForm(request.POST, user=request.user)
    now = timezone.now()
    try:
        if one:
            one = save_for_one(email=one, version=version, now=now, **form.text)
            return {"version": version_of(one), "saved_at": now}
        batch = save_for_all(
            batch=batch, version=version, overwrites_customised=False, now=now, **form.content
        )
    except Changed as changed:
        here = reverse("emails:batch", args=[batch.pk]) + (f"?email={one.pk}" if one else "")
        other = {"other_version": changed.version, "other_url": here, "other_target": "#batch"}
        return {"version": version, "other_at": now, **other}
    except Refused as refusal:
        return {"version": version, "trouble": str(refusal)}
    return {"version": batch_version(batch), "saved_at": now}


@require_POST
def overwrite(request: Request, pk: int) -> HttpResponse:
    """Give the text for all to those too who have their own: only ever on somebody's word."""
    batch = own_batch(request, pk)
    now = timezone.now()
    form = BatchForm(request.POST, user=request.user)
    try:
        save_for_all(
            batch=batch,
            version=request.POST.get("version", ""),
            overwrites_customised=True,
            now=now,
            **form.content,
        )
    except Changed:
        return _writing(request, batch, refusal=str(CHANGED))
    except Refused as refusal:
        return _writing(request, batch, refusal=str(refusal))
    return _writing(request, own_batch(request, pk))


@require_POST
def share(request: Request, pk: int) -> HttpResponse:
    """Drop one person's own text in favour of the one for all."""
    batch = own_batch(request, pk)
    one = _one(request, batch)
    if one is None:
        raise Http404
    share_text_again(email=one, now=timezone.now())
    return _writing(request, batch, one=_one(request, batch))


@require_POST
def leave_out(request: Request, pk: int) -> HttpResponse:
    """Take one person off the list."""
    batch = own_batch(request, pk)
    one = _one(request, batch)
    if one is None:
        raise Http404
    try:
        delete(email=one, now=timezone.now())
    except Refused as refusal:
        return _writing(request, batch, refusal=str(refusal))
    return _writing(request, batch)


@require_POST
def use_template(request: Request, pk: int) -> HttpResponse:
    """Replace the text for all by a template, its files and all; own texts stay."""
    batch = own_batch(request, pk)
    chosen = request.POST.get("choose", "")
    if not is_id(chosen):
        raise Http404
    template = get_object_or_404(usable_templates(user=request.user), pk=int(chosen))
    try:
        save_for_all(
            batch=batch,
            version=request.POST.get("version", ""),
            overwrites_customised=False,
            now=timezone.now(),
            subject=template.subject,
            body_html=template.body_html,
            template=template,
            is_non_commercial=template.is_non_commercial,
            files=list(template.files.defer("content")),
            tracked_files=[],
        )
    except Changed:
        return _writing(request, batch, refusal=str(CHANGED))
    except Refused as refusal:
        return _writing(request, batch, refusal=str(refusal))
    return _writing(request, own_batch(request, pk))


@require_POST
def check(request: Request, pk: int) -> HttpResponse:
    """Who would get the email now and who would not, and why: before the last word."""
    batch = own_batch(request, pk)
    emails = emails_of(batch)
    found = problems(emails=emails, now=timezone.now())
    skipped = [problem for problem in found if not problem.is_wait]
    context = {
        "batch": batch,
        "skipped": skipped,
        "waiting": [problem for problem in found if problem.is_wait],
        "ready_count": len(emails) - len(skipped),
        "now": timezone.now(),
        "soon": timezone.now() + timedelta(hours=1),
    }
    return render(request, "emails/batch_check.html", context)


@require_POST
def send(request: Request, pk: int) -> HttpResponse:
    """Queue everybody's email; who can't be reached gets a row with the reason as well."""
    batch = own_batch(request, pk)
    now = timezone.now()
    try:
        at = chosen_time(request, now)
        skipped = [each for each in problems(emails=emails_of(batch), now=now) if not each.is_wait]
        count = send_batch(batch=batch, now=now, at=at or now + UNDO_FOR)
    except Refused as refusal:
        return _writing(request, batch, refusal=str(refusal))
    words = _queued(count - len(skipped), len(skipped))
    response = result_page(request, own_batch(request, pk))
    if not wants_fragment(request):
        messages.success(request, words)
        return go(request, reverse("emails:batch", args=[pk]))
    undo = reverse("emails:batch-recall", args=[pk])
    detail = {"value": words, "undo": undo, "label": _("Undo"), "seconds": 10}
    return trigger_client_event(response, "toast", detail)


def _queued(count: int, skipped: int) -> str:
    words = ngettext("%(count)d email is queued.", "%(count)d emails are queued.", count)
    words %= {"count": count}
    if not skipped:
        return words
    left_out = ngettext("%(count)d is skipped.", "%(count)d are skipped.", skipped)
    return f"{words} {left_out % {'count': skipped}}"
