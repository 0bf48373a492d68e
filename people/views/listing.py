"""The people list, and what hangs on its address: exact count, news, filters, columns, export."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.views.decorators.http import require_http_methods, require_safe

from people.cells import table_rows
from people.chips import chips_of
from people.columns import COLUMNS, choose_columns, columns_for
from people.exporting import csv_of
from people.filters import PersonFilter
from people.forms import FilterForm
from people.group_selectors import by_name, visible_groups
from people.hooks import bulk_actions, group_actions
from people.list_query import list_query
from people.models import Group, SavedView
from people.moments import in_utc
from people.query_plans import TOO_SLOW, TooSlow
from people.rows import rows_of
from people.search import words_of
from people.selection import SIMILAR, all_that_match, query_for_all, selected_people
from people.selectors import (
    NEWS_LIMIT,
    PeopleList,
    count_exactly,
    count_news,
    is_anybody_here,
    people_list,
    people_matching,
)
from people.views.requests import Request, back, render_panel, wants_fragment


@require_safe
def people(request: Request) -> HttpResponse:
    """The list as a page, or as the part of it that htmx swaps."""
    query = list_query(request.GET)
    if "" in request.GET.values():
        # A form sends its empty fields too; the address stays short without them.
        return redirect(f"{reverse('people:list')}?{query.urlencode()}")
    groups = by_name(visible_groups(user=request.user).select_related("owner"))
    views = list(SavedView.objects.filter(user=request.user).order_by("name"))
    context = {
        "section": "people",
        "query": query,
        "groups": groups,
        "own_groups": [group for group in groups if group.owner_id == request.user.pk],
        "group": _chosen_group(groups, query.get("group")),
        "bulk_actions": bulk_actions,
        "group_actions": group_actions,
        "views": views,
        "view": next((view for view in views if view.query == query.urlencode()), None),
        "columns": columns_for(user=request.user, in_address=query.get("columns", "")),
        **_filters(request, query),
    }
    try:
        listed = people_list(params=request.GET, user=request.user)
        context |= _listed(listed, context)
    except TooSlow:
        context["listed"] = None
    template = "people/list_content.html" if wants_fragment(request) else "people/list.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    response["Cache-Control"] = "no-store"
    return response


def _chosen_group(groups: list[Group], pk: str | None) -> Group | None:
    if not pk:
        return None
    for group in groups:
        if str(group.pk) == pk:
            return group
    raise Http404


def _filters(request: Request, query: Any) -> dict[str, Any]:
    filters = people_matching(params=query, user=request.user)
    is_mine = filters.form.cleaned_data.get("mine")
    return {
        "filters": filters,
        "chips": list(chips_of(filters=filters, query=query)),
        "left_out": list(_left_out(filters)),
        "is_mine": is_mine,
        "is_unsubscribes": filters.form.cleaned_data.get("unsubscribed") and not is_mine,
        "nothing_to_search": "q" in query and not words_of(filters.form.cleaned_data.get("q", "")),
        "needs_salesforce_id": is_mine and not request.user.salesforce_user_id,
    }


def _left_out(filters: PersonFilter) -> Iterator[tuple[str | Promise, str]]:
    """Each filter that the list is shown without, and why; a search without sense finds nobody."""
    for name, errors in filters.form.errors.items():
        if name != "q":
            yield filters.filters[name].label, errors[0]


def _listed(listed: PeopleList, context: dict[str, Any]) -> dict[str, Any]:
    people = rows_of(listed.page.people)
    is_narrowed = bool(
        context["chips"] or context["is_mine"] or context["group"] or context["nothing_to_search"]
    )
    return {
        "listed": listed,
        "people": people,
        "rows": table_rows(people, columns=context["columns"], groups=context["groups"]),
        "query_for_all": query_for_all(context["query"], is_similar=listed.is_similar),
        "is_narrowed": is_narrowed,
        "is_workspace_empty": not people and not (is_narrowed and is_anybody_here()),
        "now": timezone.now(),
    }


@require_safe
def exact_count(request: Request) -> HttpResponse:
    context: dict[str, Any] = {}
    try:
        context["count"] = count_exactly(params=request.GET, user=request.user)
    except TooSlow:
        context["is_too_slow"] = True
    if wants_fragment(request):
        return render(request, "people/count.html", context)
    return render_panel(request, "people/count_page.html", context)


@require_safe
def news(request: Request) -> HttpResponse:
    """What came or changed since the list was made; empty when nothing did."""
    since = _moment(request.GET.get("since", ""))
    try:
        count = count_news(params=request.GET, user=request.user, since=since) if since else 0
    except TooSlow:
        count = 0
    context = {"count": count, "limit": NEWS_LIMIT, "query": list_query(request.GET)}
    return render(request, "people/news.html", context)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return in_utc(moment) if moment and moment.tzinfo else None


@require_safe
def filters(request: Request) -> HttpResponse:
    query = list_query(request.GET)
    hidden = [(name, query[name]) for name in query if name not in FilterForm.base_fields]
    context = {"form": FilterForm(initial=query.dict()), "hidden": hidden}
    return render_panel(request, "people/filters.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: Request) -> HttpResponse:
    query = list_query(request.GET)
    if request.method == "POST":
        choose_columns(user=request.user, names=request.POST.getlist("column"))
        return back(request)
    chosen = columns_for(user=request.user, in_address=query.get("columns", ""))
    query.pop("columns", None)
    context = {
        "columns": COLUMNS,
        "chosen": {column.name for column in chosen},
        "next": f"{reverse('people:list')}?{query.urlencode()}",
    }
    return render_panel(request, "people/columns.html", context)


@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse | StreamingHttpResponse:
    """Everybody in the list for a link; the selection for the form around the list."""
    try:
        if request.method == "POST":
            chosen = selected_people(data=request.POST, user=request.user)
            asked = QueryDict(request.POST.get("query", ""))
            query = _all_of(asked) if request.POST.get("all") else "person=…"
        else:
            chosen = all_that_match(query=request.GET, user=request.user)
            query = _all_of(request.GET)
    except TooSlow:
        messages.error(request, TOO_SLOW)
        return back(request)
    day = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        csv_of(people=chosen, user=request.user, query=query),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="people-{day}.csv"'},
    )


def _all_of(query: QueryDict) -> str:
    """What was asked for, without whatever else a client may send."""
    return query_for_all(query, is_similar=SIMILAR in query)
