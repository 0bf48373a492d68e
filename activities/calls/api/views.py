"""Calls for programs: log one, and list them."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet
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
from activities.calls.api.representation import activity_ids, represent
from activities.calls.api.serializers import (
    CallSerializer,
    CallsPageSerializer,
    CallsParameters,
    NewCallSerializer,
)
from activities.calls.models import Call, CallOutcome, CallReason
from activities.calls.rules import NotLoggable
from activities.calls.selectors import outcomes_on_offer, reasons_on_offer, visible_calls
from activities.calls.services import log_call
from people.api.base import ApiView
from people.api.parameters import read_body, read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.models import Person

Choice = TypeVar("Choice", CallOutcome, CallReason)


class CallsView(ApiView):
    @extend_schema(
        operation_id="list_calls",
        summary="Logged calls, newest first",
        parameters=[CallsParameters, *RESPONSE_HEADERS],
        responses={200: CallsPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Your own; an admin's token lists everybody's."""
        parameters = read_parameters(CallsParameters, request.query_params)
        calls = visible_calls(user=request.user).filter(state=Call.State.LOGGED)
        if person := parameters.get("person"):
            calls = calls.filter(person=person)
        if wanted := parameters.get("status"):
            calls = calls.filter(status=wanted.upper())
        if since := parameters.get("since"):
            calls = calls.filter(called_at__gte=since)
        calls = calls.select_related("caller", "outcome", "reason")
        page = read_api_page(calls, moment="called_at", parameters=parameters)
        ids = activity_ids(page.rows)
        return Response(page_body(request, page, lambda call: represent(call, ids[call.pk])))

    @extend_schema(
        operation_id="log_call",
        summary="Log a call",
        parameters=[IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=NewCallSerializer,
        responses={201: CallSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """A call that you made. It becomes an activity: it shows on the person's timeline and is
        logged to Marketo. It can't be changed afterwards.
        """
        said = read_body(NewCallSerializer, request.data)
        call = _log(request.user, said)
        body = represent(call, activity_ids([call])[call.pk])
        return Response(body, status=status.HTTP_201_CREATED)


def _log(caller: Any, said: dict[str, Any]) -> Call:
    """Raises ValidationError by the name of the field."""
    now = timezone.now()
    chosen = {
        "person": _person(said.pop("person")),
        "status": said.pop("status").upper(),
        "outcome": _named(outcomes_on_offer(), "outcome", said.pop("outcome", None)),
        "reason": _named(reasons_on_offer(), "reason", said.pop("reason", None)),
        "called_at": said.pop("called_at", now),
    }
    try:
        return log_call(caller=caller, now=now, **chosen, **said)
    except NotLoggable as refusal:
        raise ValidationError(
            {name: [str(problem)] for name, problem in refusal.problems.items()}
        ) from refusal


def _person(pk: int) -> Person:
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise ValidationError({"person": [_("There is no person with this id.")]})
    return person


def _named(choices: QuerySet[Choice], field: str, name: str | None) -> Choice | None:
    if name is None:
        return None
    choice = choices.filter(name__iexact=name).first()
    if choice is None:
        raise ValidationError({field: [_("There is no “%(name)s” on offer.") % {"name": name}]})
    return choice
