"""Groups: make, rename, share, delete, and put people in or take them out."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from people import groups
from people.errors import Refused
from people.forms import GroupForm
from people.group_selectors import visible_groups
from people.models import Group
from people.query_plans import TOO_SLOW, TooSlow
from people.selection import is_id, selected_people, selection_of
from people.views.requests import Request, back, go, render_panel

FORM_METHODS = ("GET", "HEAD", "POST")


def _own_group(request: Request, pk: int) -> Group:
    """The group if the user owns it; one that the user may not even see does not exist."""
    group: Group = get_object_or_404(visible_groups(user=request.user), pk=pk)
    if group.owner_id != request.user.pk:
        raise PermissionDenied(_("Only its owner may change a group."))
    return group


def _address_of(group: Group) -> str:
    return f"{reverse('people:list')}?group={group.pk}"


@require_http_methods(FORM_METHODS)
def create(request: Request) -> HttpResponse:
    """Make a group, with the people who were ticked when the list asked for it."""
    is_filled_in = "name" in request.POST
    form = GroupForm(request.POST if is_filled_in else None, user=request.user)
    if form.is_valid():
        try:
            return go(request, _address_of(_created(request, **form.cleaned_data)))
        except Refused as refusal:
            form.add_error("name", str(refusal))
        except TooSlow:
            form.add_error("name", TOO_SLOW)
    context = {"form": form, "selection": list(selection_of(request.POST))}
    return render_panel(request, "people/group_form.html", context)


@transaction.atomic
def _created(request: Request, *, name: str, teams: Iterable[Any]) -> Group:
    """The group with everybody selected, or no group at all."""
    group = groups.create_group(owner=request.user, name=name)
    group.teams.set(teams)
    chosen = selected_people(data=request.POST, user=request.user)
    if count := groups.add_people(group=group, people=chosen):
        messages.success(request, _added(group, count))
    return group


@require_http_methods(FORM_METHODS)
def change(request: Request, pk: int) -> HttpResponse:
    group = _own_group(request, pk)
    initial = {"name": group.name, "teams": group.teams.all()}
    form = GroupForm(request.POST or None, initial=initial, user=request.user, group=group)
    if form.is_valid():
        try:
            groups.change_group(group=group, **form.cleaned_data)
            return go(request, _address_of(group))
        except Refused as refusal:
            form.add_error("name", str(refusal))
    context = {"form": form, "group": group}
    return render_panel(request, "people/group_form.html", context)


@require_http_methods(FORM_METHODS)
def delete(request: Request, pk: int) -> HttpResponse:
    group = _own_group(request, pk)
    if request.method == "POST":
        groups.delete_group(group=group)
        messages.success(request, _("“%(name)s” is gone. The people stay.") % {"name": group.name})
        return go(request, reverse("people:list"))
    context = {"group": group, "people_count": group.people.count()}
    return render_panel(request, "people/group_delete.html", context)


@require_POST
def add(request: Request) -> HttpResponse:
    group = _group_of_selection(request)
    try:
        chosen = selected_people(data=request.POST, user=request.user)
        messages.success(request, _added(group, groups.add_people(group=group, people=chosen)))
    except Refused as refusal:
        messages.error(request, str(refusal))
    except TooSlow:
        messages.error(request, TOO_SLOW)
    return back(request)


@require_POST
def remove(request: Request) -> HttpResponse:
    group = _group_of_selection(request)
    try:
        chosen = selected_people(data=request.POST, user=request.user)
        messages.success(request, _removed(group, groups.remove_people(group=group, people=chosen)))
    except TooSlow:
        messages.error(request, TOO_SLOW)
    return back(request)


def _group_of_selection(request: Request) -> Group:
    pk = request.POST.get("group", "")
    if not is_id(pk):
        raise Http404
    return _own_group(request, int(pk))


def _added(group: Group, count: int) -> str:
    return ngettext(
        "%(count)d person added to “%(group)s”.", "%(count)d people added to “%(group)s”.", count
    ) % {"count": count, "group": group.name}


def _removed(group: Group, count: int) -> str:
    return ngettext(
        "%(count)d person taken out of “%(group)s”.",
        "%(count)d people taken out of “%(group)s”.",
        count,
    ) % {"count": count, "group": group.name}
