"""Unsubscribe by hand: one person or many; and, for admins, take it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from people import unsubscribes
from people.errors import Refused
from people.forms import ReasonForm
from people.hooks import other_sides, unsubscribe_reach, with_notes
from people.models import Person, Unsubscribe
from people.query_plans import TOO_SLOW, TooSlow, short_queries
from people.selection import is_id, selected_people, selection_of
from people.views.requests import Request, back, go, render_panel

FORM_METHODS = ("GET", "HEAD", "POST")
SHOWN = ("person", "unsubscribed_by")


@require_http_methods(FORM_METHODS)
def unsubscribe(request: Request) -> HttpResponse:
    person = _person_in(request)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        unsubscribes.unsubscribe(
            person=person,
            source=Unsubscribe.Source.MANUAL,
            reason=form.cleaned_data["reason"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("%(name)s is unsubscribed.") % {"name": person.name})
        return _to_person(request, person)
    context = {
        "form": form,
        "person": person,
        "standing": with_notes(list(unsubscribes.in_force_for(person).select_related(*SHOWN))),
        "reach": _reach(),
    }
    return render_panel(request, "people/unsubscribe.html", context)


@require_POST
def unsubscribe_selected(request: Request) -> HttpResponse:
    """Say first how many it is about, and do it when that is confirmed."""
    form = ReasonForm(request.POST if "confirmed" in request.POST else None)
    try:
        chosen = selected_people(data=request.POST, user=request.user)
        if form.is_valid():
            count = unsubscribes.unsubscribe_all(
                people=chosen,
                by=request.user,
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
            messages.success(request, _unsubscribed(count))
            return back(request)
        with short_queries():
            count = chosen.count()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return back(request)
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    context = {
        "form": form,
        "people_count": count,
        "limit": unsubscribes.MAX_AT_ONCE,
        "reach": _reach(),
        "selection": list(selection_of(request.POST)),
        "next": request.POST.get("next", ""),
    }
    return render_panel(request, "people/unsubscribe_selected.html", context)


@require_http_methods(FORM_METHODS)
def resubscribe(request: Request, pk: int) -> HttpResponse:
    if not request.user.is_admin:
        raise PermissionDenied(_("Only admins may take back an unsubscribe. Ask one of yours."))
    person = get_object_or_404(Person, pk=pk)
    form = ReasonForm(request.POST or None, is_required=True)
    now = timezone.now()
    if form.is_valid():
        try:
            with _ended_elsewhere(request, person, now=now):
                unsubscribes.resubscribe(
                    person=person, by=request.user, reason=form.cleaned_data["reason"], now=now
                )
            messages.success(request, _("%(name)s gets emails again.") % {"name": person.name})
            return _to_person(request, person)
        except Refused as refusal:
            form.add_error("reason", str(refusal))
    context = {
        "form": form,
        "person": person,
        "others": [row for row in unsubscribes.in_force_for(person) if row.person_id != pk],
        "sides": [(side.template, side.look(person, now=now)) for side in other_sides],
    }
    return render_panel(request, "people/resubscribe.html", context)


@contextmanager
def _ended_elsewhere(request: Request, person: Person, *, now: datetime) -> Iterator[None]:
    """In the other systems as well, unless the admin wants it here alone."""
    with ExitStack() as stack:
        if "here_only" not in request.POST and unsubscribes.is_unsubscribed(person):
            for side in other_sides:
                stack.enter_context(side.ending(person, by=request.user, now=now))
        yield


def _person_in(request: Request) -> Person:
    pk = request.GET.get("person", "")
    if not is_id(pk):
        raise Http404
    person: Person = get_object_or_404(Person, pk=int(pk))
    return person


def _reach() -> list[str]:
    return [words for tell in unsubscribe_reach if (words := tell())]


def _to_person(request: Request, person: Person) -> HttpResponse:
    """Where the panel was opened, or the person's own page."""
    return go(
        request,
        request.htmx.current_url_abs_path or reverse("people:person", args=[person.pk]),
    )


def _unsubscribed(count: int) -> str:
    if count == 0:
        return _("All of them were unsubscribed already.")
    return ngettext(
        "%(count)d person is unsubscribed.", "%(count)d people are unsubscribed.", count
    ) % {"count": count}
