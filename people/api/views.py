"""People for programs: a list that a consumer can keep a copy of, and one person by id."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext as _
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import status
from rest_framework.exceptions import MethodNotAllowed, NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from people.api.base import ApiView
from people.api.parameters import (
    ALL,
    ORDERS,
    PeopleParameters,
    PersonParameters,
    read_parameters,
)
from people.api.representation import represent
from people.api.schema import (
    ERRORS,
    ETAG_PARAMETERS,
    FIELDS_PARAMETER,
    ID_PARAMETER,
    NOT_MODIFIED,
    RESPONSE_HEADERS,
)
from people.api.serializers import PeoplePageSerializer, PersonSerializer
from people.models import READ_ONLY, Person
from people.paging import Cursor, Page
from people.query_plans import TooSlow
from people.selectors import people_list
from people.sorting import Sort


class ReadOnlyView(ApiView):
    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        raise MethodNotAllowed(request.method or "", READ_ONLY)


class PersonView(ReadOnlyView):
    @extend_schema(
        operation_id="get_person",
        summary="One person",
        parameters=[
            ID_PARAMETER,
            PersonParameters,
            FIELDS_PARAMETER,
            *ETAG_PARAMETERS,
            *RESPONSE_HEADERS,
        ],
        responses={200: PersonSerializer, 304: NOT_MODIFIED, **ERRORS},
    )
    def get(self, request: Request, person_id: int) -> Response:
        """A removed person is still found, as a tombstone."""
        fields = read_parameters(PersonParameters, request.query_params)["fields"]
        row = Person.objects.filter(pk=person_id).values(*fields).first()
        if row is None:
            raise NotFound(_("There is no person with this id."))
        person = represent(row, fields)
        etag = quote_etag(hashlib.sha256(json.dumps(person).encode()).hexdigest())
        if known_etags(request) & {etag, "*"}:
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        return Response(person, headers={"ETag": etag})


def known_etags(request: Request) -> set[str]:
    """What the consumer has; compared weakly, because compression on the way weakens an ETag."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    return {tag.removeprefix("W/") for tag in tags}


class PeopleView(ReadOnlyView):
    @extend_schema(
        operation_id="list_people",
        summary="People, a page at a time",
        parameters=[PeopleParameters, FIELDS_PARAMETER, *RESPONSE_HEADERS],
        responses={200: PeoplePageSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """The filters mean what they mean on the people page, but `q` never falls back on people
        with similar words.

        To keep a copy in sync, ask with `state=all` and without `ordering`, follow `next` to the
        end, and from then on ask with `updated_since` set to the latest `updated_at` you have.
        """
        parameters = read_parameters(PeopleParameters, request.query_params)
        try:
            page = find_people(parameters, request)
        except TooSlow as error:
            message = _("This takes too long to find. Narrow it down.")
            raise ParseError(message, code="too_slow") from error
        fields = parameters["fields"]
        order = parameters["ordering"]
        return Response(
            {
                "next": page_url(request, order, page.next),
                "previous": page_url(request, order, page.previous),
                "results": [represent(vars(person), fields) for person in page.people],
            }
        )


def find_people(parameters: dict[str, Any], request: Request) -> Page:
    """The page asked for. Raises NotFound for a cursor that is not of this order."""
    column = parameters["ordering"].removeprefix("-")
    sort = Sort(ORDERS[column], descending=column != parameters["ordering"])
    order, _dot, place = parameters.get("cursor", "").partition(".")
    if order and (order != parameters["ordering"] or Cursor.parse(place, sort) is None):
        raise NotFound(_("No page starts at this cursor. Begin again without it."))
    people = Person.objects.all()
    if parameters["state"] != ALL:
        people = people.filter(state=parameters["state"].upper())
    found = people_list(
        params={**parameters, "sort": str(sort), "cursor": place},
        user=request.user,
        base=people,
        size=parameters["limit"],
        # A program that looks for someone must not take somebody else for them.
        only_exact=True,
    )
    return found.page


def page_url(request: Request, order: str, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = f"{order}.{cursor}"
    return request.build_absolute_uri(f"?{query.urlencode()}")


class SchemaView(ApiView, SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer2]


class DocsView(SpectacularSwaggerSplitView):
    url_name = "api:schema"
    template_name = "people/api_docs.html"
