"""A seller's reminders: the list, the panel to write one, and what is done with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from activities.paging import Cursor
from activities.reminders import services
from activities.reminders.due import Due, Snooze, by_day, due_within, snoozed_until
from activities.reminders.forms import ReminderFilterForm, ReminderForm
from activities.reminders.hooks import marks_of, reminder_cards
from activities.reminders.models import Reminder
from activities.reminders.selectors import (
    open_reminders,
    open_reminders_about,
    read_open_page,
)
from people.models import Person
from people.moments import in_utc
from people.query_plans import TOO_SLOW, TooSlow
from people.selection import is_id, selected_people
from people.views.requests import Request, back, go, render_card, render_panel, wants_fragment

CARD_SIZE = 20
MAX_SUBJECT = 255
MAX_PEOPLE = 200
FIRST_YEAR, LAST_YEAR = 2000, 2099
FORM_METHODS = ("GET", "HEAD", "POST")


@require_safe
def reminders(request: Request) -> HttpResponse:
    """The open ones by the day they are due; an admin may look at another seller's."""
    form = ReminderFilterForm(request.GET, user=request.user, auto_id="filter_%s")
    owner = form.chosen.get("owner", request.user)
    found = open_reminders(owner=owner)
    if kind := form.chosen.get("kind"):
        found = found.filter(kind=kind)
    now = timezone.now()
    if due := form.chosen.get("due"):
        found = due_within(found, Due(due), now=now)
    shown, after = read_open_page(found, after=Cursor.parse(request.GET.get("after", "")))
    context = {
        "section": "reminders",
        "form": form,
        "groups": by_day(shown, now=now),
        "marks": marks_of([reminder.pk for reminder in shown]),
        "after": after,
        "is_own": owner == request.user,
        "snoozes": Snooze.choices,
    }
    template = "reminders/list_content.html" if wants_fragment(request) else "reminders/list.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_http_methods(FORM_METHODS)
def add(request: Request) -> HttpResponse:
    """A new reminder, about `?person=` or about nobody; `?subject=` and `?kind=` begin it."""
    person = _person(request)
    form = ReminderForm(
        request.POST or None, initial=_initial(request), user=request.user, person=person
    )
    if form.is_valid():
        _create(request, form, [person])
        return _saved(request)
    return render_panel(request, "reminders/form.html", {"form": form, "person": person})


@require_POST
def add_many(request: Request) -> HttpResponse:
    """One about each of the people ticked in a list: first the form, then, with `save`, them."""
    try:
        people = _selected(request)
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    is_saved = "save" in request.POST and 0 < len(people) <= MAX_PEOPLE
    form = ReminderForm(
        request.POST if is_saved else None,
        initial=_initial(request),
        user=request.user,
        person=None,
    )
    if form.is_valid():
        count = len(_create(request, form, people))
        words = ngettext("%(count)d reminder is saved.", "%(count)d reminders are saved.", count)
        return _saved(request, words % {"count": count})
    context = {"form": form, "people": people, "limit": MAX_PEOPLE}
    return render_panel(request, "reminders/form_many.html", context)


@require_http_methods(FORM_METHODS)
def edit(request: Request, pk: int) -> HttpResponse:
    reminder = _own(request, pk)
    form = ReminderForm(
        request.POST or None, instance=reminder, user=request.user, person=reminder.person
    )
    if form.is_valid():
        services.edit_reminder(reminder=reminder, now=timezone.now(), **form.edited)
        return _saved(request)
    context = {
        "form": form,
        "reminder": reminder,
        "person": reminder.person,
        "cards": reminder_cards,
    }
    return render_panel(request, "reminders/form.html", context)


CHANGES: dict[str, tuple[Callable[..., Reminder], str | Promise]] = {
    "complete": (services.complete_reminder, gettext_lazy("“%(subject)s” is done.")),
    "skip": (services.skip_reminder, gettext_lazy("“%(subject)s” is skipped.")),
    "delete": (services.delete_reminder, gettext_lazy("“%(subject)s” is deleted.")),
    "reopen": (services.reopen_reminder, gettext_lazy("“%(subject)s” is open again.")),
}


@require_safe
def about(request: Request, pk: int) -> HttpResponse:
    """A seller's own reminders about a person, as a card of the panel."""
    person = get_object_or_404(Person, pk=pk)
    shown = list(open_reminders_about(person=person, owner=request.user)[:CARD_SIZE])
    context = {
        "title": _("Reminders"),
        "person": person,
        "reminders": shown,
        "marks": marks_of([reminder.pk for reminder in shown]),
        "snoozes": Snooze.choices,
    }
    return render_card(request, "reminders/person_card.html", context)


@require_POST
def change(request: Request, pk: int, how: str) -> HttpResponse:
    """Close a reminder at once, with a way back."""
    act, words = CHANGES[how]
    reminder = act(reminder=_own(request, pk), now=timezone.now())
    undo = "" if how == "reopen" else reverse("reminders:reopen", args=[pk])
    return _done(request, str(words) % {"subject": reminder.subject}, undo=undo)


@require_POST
def snooze(request: Request, pk: int) -> HttpResponse:
    """Put it off as `?until=` says: a Snooze, or the moment to which an undo brings it back."""
    reminder, now = _own(request, pk), timezone.now()
    until = request.GET.get("until", "")
    is_snooze = until in Snooze.values
    due_at = snoozed_until(Snooze(until), now=now) if is_snooze else _moment(until)
    services.edit_reminder(reminder=reminder, due_at=due_at, now=now)
    words = _("“%(subject)s” is now due %(moment)s") % {
        "subject": reminder.subject,
        "moment": date_format(localtime(due_at), "SHORT_DATETIME_FORMAT"),
    }
    query = urlencode({"until": reminder.due_at.isoformat()})
    undo = f"{reverse('reminders:snooze', args=[pk])}?{query}" if is_snooze else ""
    return _done(request, words, undo=undo)


def _moment(text: str) -> datetime:
    """Raises BadRequest for what is none of a reminder."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest from error
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadRequest
    return in_utc(moment)


def _own(request: Request, pk: int) -> Reminder:
    return get_object_or_404(Reminder.objects.select_related("person"), pk=pk, owner=request.user)


def _person(request: Request) -> Person | None:
    pk = request.GET.get("person", "")
    return get_object_or_404(Person.objects.active(), pk=int(pk)) if is_id(pk) else None


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _initial(request: Request) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    return {
        "due_at": _next_hour(timezone.now()),
        "subject": request.GET.get("subject", "")[:MAX_SUBJECT],
        "kind": kind if kind in Reminder.Kind.values else Reminder.Kind.CUSTOM,
    }


def _selected(request: Request) -> list[Person]:
    """One more than there may be, when they are too many."""
    people = selected_people(data=request.POST, user=request.user)
    return list(people.order_by("last_name", "pk")[: MAX_PEOPLE + 1])


def _create(
    request: Request, form: ReminderForm, people: Sequence[Person | None]
) -> list[Reminder]:
    now = timezone.now()
    return services.create_from_form(by=request.user, people=people, now=now, **form.cleaned_data)


def _saved(request: Request, text: str = "") -> HttpResponse:
    response = _done(request, text or _("The reminder is saved."))
    return trigger_client_event(response, "closePanel", {})


def _done(request: Request, text: str, *, undo: str = "") -> HttpResponse:
    if not wants_fragment(request):
        messages.success(request, text)
        return go(request, reverse("reminders:list"))
    detail: dict[str, Any] = {"value": text}
    if undo:
        detail |= {"undo": undo, "label": _("Undo"), "seconds": 10}
    response = HttpResponse(status=204)
    trigger_client_event(response, "remindersChanged", {})
    return trigger_client_event(response, "toast", detail)
