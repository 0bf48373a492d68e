"""Saved views: name the list as it is, rename, delete."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from people import saved_views
from people.columns import columns_for
from people.errors import Refused
from people.forms import NameForm
from people.list_query import list_query
from people.models import SavedView
from people.views.requests import Request, go, render_panel

FORM_METHODS = ("GET", "HEAD", "POST")


def _address_of(view: SavedView) -> str:
    return f"{reverse('people:list')}?{view.query}"


def _full_query(request: Request) -> QueryDict:
    """The list as it is, with its columns."""
    query = list_query(request.GET)
    columns = columns_for(user=request.user, in_address=query.get("columns", ""))
    query["columns"] = ",".join(column.name for column in columns)
    return query


@require_http_methods(FORM_METHODS)
def create(request: Request) -> HttpResponse:
    form = NameForm(request.POST or None)
    if form.is_valid():
        try:
            view = saved_views.save_view(
                user=request.user,
                name=form.cleaned_data["name"],
                query=_full_query(request).urlencode(),
            )
            return go(request, _address_of(view))
        except Refused as refusal:
            form.add_error("name", str(refusal))
    return render_panel(request, "people/view_form.html", {"form": form})


@require_http_methods(FORM_METHODS)
def rename(request: Request, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    form = NameForm(request.POST or None, initial={"name": view.name})
    if form.is_valid():
        try:
            saved_views.rename_view(view=view, name=form.cleaned_data["name"])
            return go(request, _address_of(view))
        except Refused as refusal:
            form.add_error("name", str(refusal))
    context = {"form": form, "view": view}
    return render_panel(request, "people/view_form.html", context)


@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    get_object_or_404(SavedView, pk=pk, user=request.user).delete()
    return go(request, reverse("people:list"))
