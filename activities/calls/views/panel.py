"""The panel in which a call is made and logged."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseLocation, trigger_client_event

from activities.calls import services
from activities.calls.bridging import bridge_call, provider_in_use, seller_number
from activities.calls.forms import LogCallForm
from activities.calls.models import Call, CallSettings
from activities.calls.numbers import read_number
from activities.calls.providers.base import CallFailed
from activities.calls.rules import NotLoggable
from activities.calls.selectors import calls_in_progress
from activities.reminders.models import Reminder
from people.models import Person
from people.selection import is_id
from people.views.requests import Request, go, render_panel, wants_fragment

DRAFT_FIELDS = ("notes", "outcome", "reason", "answered_by")


class Occasion(NamedTuple):
    """Whom the call is with, why, and the call itself if it has begun."""

    person: Person
    reminder: Reminder | None
    started: Call | None

    @property
    def query(self) -> str:
        query = {"call": self.started.pk} if self.started else {"person": self.person.pk}
        if self.reminder:
            query["reminder"] = self.reminder.pk
        return urlencode(query)


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: Request) -> HttpResponse:
    """`?person=`, `?reminder=` or `?call=`: the call in progress with this person, or a new one."""
    occasion = _occasion(request)
    if request.method != "POST":
        return _panel(request, occasion, _form(occasion))
    form = _form(occasion, request)
    if occasion.started and "status" not in form.fields:
        return end(request, occasion.started.pk)
    if form.is_valid():
        try:
            _log(request, occasion, form)
        except NotLoggable as refusal:
            _add_problems(form, refusal)
        else:
            return _logged(request, occasion.person)
    return _panel(request, occasion, form)


@require_POST
def start(request: Request) -> HttpResponse:
    """Begin a call: its timer runs on the server until it is ended."""
    occasion = _occasion(request)
    if occasion.started is None:
        if occasion.person.state != Person.State.ACTIVE:
            raise Http404
        form = _form(occasion, request)
        form.is_valid()
        try:
            call = _started(request, occasion, key=form.cleaned_data.get("key"))
        except CallFailed as failure:
            form.errors.clear()
            form.add_error(None, str(failure))
            return _changed(_panel(request, occasion, form))
        if call.state == Call.State.LOGGED:
            return _logged(request, call.person)
        _save_draft(request, call)
        occasion = _occasion_of(_in_progress(request, call.pk))
    return _changed(_panel(request, occasion, _form(occasion)))


def _started(request: Request, occasion: Occasion, *, key: UUID | None) -> Call:
    """Raises CallFailed."""
    said: dict[str, Any] = {
        "person": occasion.person,
        "caller": request.user,
        "reminder": occasion.reminder,
        "phone_number": request.POST.get("phone_number", "")[:64],
        "key": key,
        "now": timezone.now(),
    }
    if provider_in_use():
        return bridge_call(seller_number=request.POST.get("seller_number", "")[:64], **said)
    return services.start_call(**said)


@require_POST
def draft(request: Request, pk: int) -> HttpResponse:
    """Keep what has been entered so far; the panel anew when the call has ended meanwhile."""
    call = _in_progress(request, pk)
    _save_draft(request, call)
    is_over = call.duration_seconds is not None
    if is_over and request.POST.get("is_running"):
        return end(request, pk)
    return HttpResponse(status=204)


@require_POST
def end(request: Request, pk: int) -> HttpResponse:
    call = _in_progress(request, pk)
    _save_draft(request, call)
    services.end_call(call=call, now=timezone.now())
    occasion = _occasion_of(_in_progress(request, pk), _reminder(request))
    return _changed(_panel(request, occasion, _form(occasion)))


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    call = _in_progress(request, pk)
    services.discard_call(call=call)
    return _done(request, _("The call with %(name)s is discarded.") % {"name": call.person.name})


@require_safe
def in_progress(request: Request) -> HttpResponse:
    """The bar that says on every page that a call waits to be logged."""
    return render_panel(request, "calls/in_progress.html", {})


def _occasion(request: Request) -> Occasion:
    reminder = _reminder(request)
    pk = request.GET.get("call", "")
    if is_id(pk):
        return _occasion_of(_in_progress(request, int(pk)), reminder)
    pk = str(reminder.person_id or "") if reminder else request.GET.get("person", "")
    if not is_id(pk):
        raise Http404
    person = get_object_or_404(Person, pk=int(pk))
    started = calls_in_progress(user=request.user).filter(person=person).first()
    return _occasion_of(started, reminder) if started else Occasion(person, reminder, None)


def _occasion_of(call: Call, reminder: Reminder | None = None) -> Occasion:
    return Occasion(call.person, reminder or call.reminder, call)


def _reminder(request: Request) -> Reminder | None:
    pk = request.GET.get("reminder", "")
    if not is_id(pk):
        return None
    return get_object_or_404(Reminder, pk=int(pk), owner=request.user)


def _in_progress(request: Request, pk: int) -> Call:
    return get_object_or_404(calls_in_progress(user=request.user), pk=pk)


def _form(occasion: Occasion, request: Request | None = None) -> LogCallForm:
    person, _reminder, started = occasion
    now = timezone.now()
    initial: dict[str, Any] = {"key": uuid4(), "phone_number": person.phone, "called_at": now}
    if started:
        initial = {name: getattr(started, name) for name in LogCallForm.base_fields}
        initial["status"] = started.status or Call.Status.COMPLETED
    return LogCallForm(
        request.POST if request else None,
        initial=initial,
        settings=CallSettings.load(),
        started=started,
    )


def _panel(request: Request, occasion: Occasion, form: LogCallForm) -> HttpResponse:
    number = read_number(
        form["phone_number"].value() or "", region=CallSettings.load().default_region
    )
    context = {
        "form": form,
        "occasion": occasion,
        "person": occasion.person,
        "started": occasion.started,
        "is_running": occasion.started and occasion.started.duration_seconds is None,
        "number": number,
        "is_bridged": bool(provider_in_use()),
        "seller_number": request.POST.get("seller_number") or seller_number(caller=request.user),
    }
    return render_panel(request, "calls/log.html", context)


def _save_draft(request: Request, call: Call) -> None:
    form = _form(_occasion_of(call), request)
    form.is_valid()
    kept = {name: form.cleaned_data[name] for name in DRAFT_FIELDS if name in form.cleaned_data}
    services.save_draft(call=call, **kept)


def _log(request: Request, occasion: Occasion, form: LogCallForm) -> None:
    person, reminder, started = occasion
    said = dict(form.cleaned_data)
    if started:
        said["called_at"] = started.called_at
    services.log_call(
        person=person,
        caller=request.user,
        started=started,
        reminder=reminder,
        now=timezone.now(),
        **said,
    )


def _add_problems(form: LogCallForm, refusal: NotLoggable) -> None:
    for name, problem in refusal.problems.items():
        form.add_error(name if name in form.fields else None, str(problem))


def _logged(request: Request, person: Person) -> HttpResponse:
    """Back to the person's panel if it was open, with the call on the timeline."""
    below = parse_qs(urlsplit(request.htmx.current_url or "").query)
    if wants_fragment(request) and below.get("person") == [str(person.pk)]:
        url = reverse("people:person", args=[person.pk])
        return _changed(HttpResponseLocation(url, target="#panel", swap="innerHTML"))
    return _done(request, _("The call with %(name)s is logged.") % {"name": person.name})


def _done(request: Request, text: str) -> HttpResponse:
    if not wants_fragment(request):
        messages.success(request, text)
        return go(request, reverse("calls:list"))
    response = _changed(HttpResponse(status=204))
    trigger_client_event(response, "closePanel", {})
    return trigger_client_event(response, "toast", {"value": text})


def _changed(response: HttpResponse) -> HttpResponse:
    """Have what shows calls on the page look again."""
    return trigger_client_event(response, "callsChanged", {})
