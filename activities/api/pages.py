"""Lists of what happened, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request

from activities.paging import Cursor, Page, read_page
from people.api.parameters import DEFAULT_LIMIT, MAX_LIMIT
from people.query_plans import TooSlow, short_queries

Row = TypeVar("Row", bound=Model)


class PageParameters(serializers.Serializer[Any]):
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="Entries a page."
    )
    cursor = serializers.RegexField(
        r"^[A-Za-z0-9_-]+$",
        required=False,
        max_length=200,
        trim_whitespace=False,
        help_text="From `next` or `previous`. Not for you to make or to read.",
    )


def read_api_page(rows: QuerySet[Row], *, moment: str, parameters: Mapping[str, Any]) -> Page[Row]:
    """The page asked for.

    Raises NotFound for what is no cursor, and ParseError when it takes too long to find.
    """
    cursor = None
    if text := parameters.get("cursor"):
        cursor = Cursor.parse(text)
        if cursor is None:
            raise NotFound(_("No page starts at this cursor. Begin again without it."))
    try:
        with short_queries():
            return read_page(rows, moment=moment, cursor=cursor, size=parameters["limit"])
    except TooSlow as error:
        message = _("This takes too long to find. Narrow it down.")
        raise ParseError(message, code="too_slow") from error


def page_body(
    request: Request, page: Page[Row], represent: Callable[[Row], Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "next": _address(request, page.next),
        "previous": _address(request, page.previous),
        "results": [represent(row) for row in page.rows],
    }


def _address(request: Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"?{query.urlencode()}")
