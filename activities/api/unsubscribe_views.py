"""Unsubscribes for programs: list them, and add one."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from activities.api.idempotency import idempotent
from activities.api.pages import page_body, read_api_page
from activities.api.schema import CHANGE_ERRORS, IDEMPOTENCY_KEY, LIST_ERRORS, REPLAYED
from activities.api.unsubscribe_shapes import (
    NewUnsubscribeSerializer,
    UnsubscribeSerializer,
    UnsubscribesPageSerializer,
    UnsubscribesParameters,
    represent,
)
from people.api.base import ApiView
from people.api.parameters import read_body, read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.models import Person, Unsubscribe
from people.unsubscribes import in_force, unsubscribe


class UnsubscribesView(ApiView):
    @extend_schema(
        operation_id="list_unsubscribes",
        summary="Unsubscribes, newest first",
        parameters=[UnsubscribesParameters, *RESPONSE_HEADERS],
        responses={200: UnsubscribesPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Everybody's, those that have ended too. One holds for its person, and for whoever else
        has its address.
        """
        parameters = read_parameters(UnsubscribesParameters, request.query_params)
        found = Unsubscribe.objects.select_related("unsubscribed_by")
        if person := parameters.get("person"):
            found = found.filter(person=person)
        if since := parameters.get("since"):
            found = found.filter(unsubscribed_at__gte=since)
        page = read_api_page(found, moment="unsubscribed_at", parameters=parameters)
        return Response(page_body(request, page, represent))

    @extend_schema(
        operation_id="create_unsubscribe",
        summary="Unsubscribe a person",
        parameters=[IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=NewUnsubscribeSerializer,
        responses={200: UnsubscribeSerializer, 201: UnsubscribeSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Sales emails to the person stop at once, those that are scheduled too. Who is
        unsubscribed already stays so: the answer is 200 then, with what holds. It never goes to
        Marketo, and only admins end it, on the person's page.
        """
        said = read_body(NewUnsubscribeSerializer, request.data)
        person = _person(said["person"])
        is_new = unsubscribe(
            person=person,
            source=Unsubscribe.Source.MANUAL,
            reason=said["reason"],
            by=request.user,
            now=timezone.now(),
        )
        standing = in_force().select_related("unsubscribed_by").get(person=person)
        return Response(
            represent(standing), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


def _person(pk: int) -> Person:
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise ValidationError({"person": [_("There is no person with this id.")]})
    return person
