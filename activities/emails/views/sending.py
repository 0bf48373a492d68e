"""Sending an email that was written to one person, and taking it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from activities.emails import services
from activities.emails.forms import ComposeForm
from activities.emails.models import Email
from activities.emails.preflight import problems
from activities.emails.views.compose_panel import compose_panel, posted_form, saved
from activities.emails.views.pages import UNDO_FOR, chosen_time, done, own_email
from activities.reminders.models import Reminder
from activities.reminders.services import complete_reminder, reopen_reminder
from people.errors import Refused
from people.selection import is_id
from people.views.requests import Request, go, wants_fragment


@require_POST
def send(request: Request) -> HttpResponse:
    """Queue the email, unless something in it or about the person would stop it."""
    form = posted_form(request)
    email = saved(request, form)
    if isinstance(email, HttpResponse):
        return email
    reminder = form.cleaned_data.get("reminder")
    now = timezone.now()
    found = [each for each in problems(emails=[email], now=now) if not each.is_wait]
    try:
        form.refuse_bad_addresses()
        at = chosen_time(request, now)
        if found:
            return compose_panel(request, email, problems=found, reminder=reminder)
        _queue(email, reminder, at=at, now=now)
    except Refused as refusal:
        words = str(refusal)
        return compose_panel(request, email, refusal=words, copies=form.data, reminder=reminder)
    return _queued(request, form, email, at)


@transaction.atomic
def _queue(email: Email, reminder: Reminder | None, *, at: datetime | None, now: datetime) -> None:
    services.schedule(email=email, now=now, at=at or now + UNDO_FOR)
    if reminder:
        complete_reminder(reminder=reminder, now=now)


def _queued(request: Request, form: ComposeForm, email: Email, at: datetime | None) -> HttpResponse:
    name = email.person.name
    if at:
        local = timezone.localtime(at)
        when = f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
        words = _("Goes to %(name)s on %(when)s.") % {"name": name, "when": when}
    else:
        words = _("On its way to %(name)s.") % {"name": name}
    reminder = form.cleaned_data.get("reminder")
    undo = reverse("emails:unschedule", args=[email.pk])
    return done(
        request,
        words,
        to=reverse("emails:email", args=[email.pk]),
        undo=(_("Undo"), f"{undo}?reminder={reminder.pk}" if reminder else undo),
    )


@require_POST
def unschedule(request: Request, pk: int) -> HttpResponse:
    """Take a scheduled email back: a draft again, open for editing, its `reminder` open too."""
    email = own_email(request, pk)
    reminder = _reminder(request)
    now = timezone.now()
    try:
        with transaction.atomic():
            email = services.unschedule(email=email, now=now)
            if reminder:
                reopen_reminder(reminder=reminder, now=now)
    except Refused as refusal:
        return done(request, str(refusal), to=reverse("emails:email", args=[pk]))
    if not wants_fragment(request):
        return go(request, reverse("emails:edit", args=[pk]))
    return compose_panel(request, email, reminder=reminder)


def _reminder(request: Request) -> Reminder | None:
    pk = request.GET.get("reminder", "")
    return Reminder.objects.filter(pk=int(pk), owner=request.user).first() if is_id(pk) else None
