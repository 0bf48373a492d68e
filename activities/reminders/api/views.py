"""Reminders for programs: list, create, read, change and delete them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from activities.api.idempotency import idempotent
from activities.api.pages import page_body, read_api_page
from activities.api.schema import CHANGE_ERRORS, IDEMPOTENCY_KEY, LIST_ERRORS, REPLAYED
from activities.reminders import services
from activities.reminders.api.representation import STATUSES, represent
from activities.reminders.api.serializers import (
    NewReminderSerializer,
    ReminderChangesSerializer,
    ReminderSerializer,
    RemindersPageSerializer,
    RemindersParameters,
)
from activities.reminders.assigning import assignee_named
from activities.reminders.models import Reminder
from activities.reminders.selectors import visible_reminders
from people.api.base import ApiView
from people.api.parameters import read_body, read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.errors import Refused
from people.models import Person

REMINDER_ID = OpenApiParameter(
    "reminder_id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The `id` of a reminder."
)
STATES = {status: state for state, status in STATUSES.items()}
COLUMNS = {"name": "subject", "details": "notes", "due_at": "due_at"}
CHOICES = {"type": "kind", "priority": "priority"}


class RemindersView(ApiView):
    @extend_schema(
        operation_id="list_reminders",
        summary="Reminders, the last due first",
        parameters=[RemindersParameters, *RESPONSE_HEADERS],
        responses={200: RemindersPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Your own, without those deleted; an admin's token lists everybody's."""
        parameters = read_parameters(RemindersParameters, request.query_params)
        reminders = visible_reminders(user=request.user)
        if person := parameters.get("person"):
            reminders = reminders.filter(person=person)
        if wanted := parameters.get("status"):
            reminders = reminders.filter(state=STATES[wanted])
        if assignee := parameters.get("assignee"):
            reminders = reminders.filter(owner__email=assignee.lower())
        page = read_api_page(reminders, moment="due_at", parameters=parameters)
        return Response(page_body(request, page, represent))

    @extend_schema(
        operation_id="create_reminder",
        summary="Create a reminder",
        parameters=[IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=NewReminderSerializer,
        responses={201: ReminderSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """For you, or for a teammate with whom you share the person. It begins open."""
        said = read_body(NewReminderSerializer, request.data)
        reminder = _create(request.user, said)
        return Response(represent(reminder), status=status.HTTP_201_CREATED)


class ReminderView(ApiView):
    @extend_schema(
        operation_id="get_reminder",
        summary="One reminder",
        parameters=[REMINDER_ID, *RESPONSE_HEADERS],
        responses={200: ReminderSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request, reminder_id: int) -> Response:
        return Response(represent(_visible(request.user, reminder_id)))

    @extend_schema(
        operation_id="change_reminder",
        summary="Change, complete or reopen a reminder",
        parameters=[REMINDER_ID, *RESPONSE_HEADERS],
        request=ReminderChangesSerializer,
        responses={200: ReminderSerializer, **CHANGE_ERRORS},
    )
    def patch(self, request: Request, reminder_id: int) -> Response:
        """What you leave out stays as it is. Said twice, it changes nothing the second time."""
        said = read_body(ReminderChangesSerializer, request.data)
        reminder = _visible(request.user, reminder_id)
        return Response(represent(_change(request.user, reminder, said)))

    @extend_schema(
        operation_id="delete_reminder",
        summary="Delete a reminder",
        parameters=[REMINDER_ID, *RESPONSE_HEADERS],
        responses={204: OpenApiResponse(description="It is deleted"), **LIST_ERRORS},
    )
    def delete(self, request: Request, reminder_id: int) -> Response:
        """If it is a step of a campaign, that step is skipped, and the campaign goes on."""
        services.delete_reminder(reminder=_visible(request.user, reminder_id), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _visible(user: Any, pk: int) -> Reminder:
    reminder = visible_reminders(user=user).filter(pk=pk).first()
    if reminder is None:
        raise NotFound(_("There is no reminder with this id."))
    return reminder


def _create(user: Any, said: dict[str, Any]) -> Reminder:
    person = _person(said["person"]) if "person" in said else None
    return services.create_reminder(
        owner=_assignee(user, said["assignee"], person) if "assignee" in said else user,
        person=person,
        now=timezone.now(),
        **_columns(said),
    )


@transaction.atomic
def _change(user: Any, reminder: Reminder, said: dict[str, Any]) -> Reminder:
    now = timezone.now()
    changes = _columns(said)
    if said.get("assignee", reminder.owner.email).lower() != reminder.owner.email:
        changes["owner"] = _assignee(user, said["assignee"], reminder.person)
    changes = {name: value for name, value in changes.items() if getattr(reminder, name) != value}
    if changes:
        reminder = services.edit_reminder(reminder=reminder, now=now, **changes)
    if said.get("status") == "complete":
        reminder = services.complete_reminder(reminder=reminder, now=now)
    if said.get("status") == "open":
        reminder = services.reopen_reminder(reminder=reminder, now=now)
    return reminder


def _columns(said: dict[str, Any]) -> dict[str, Any]:
    """What was said, by the names of the model."""
    return {
        **{column: said[name] for name, column in COLUMNS.items() if name in said},
        **{column: said[name].upper() for name, column in CHOICES.items() if name in said},
    }


def _person(pk: int) -> Person:
    person = Person.objects.active().filter(pk=pk).first()
    if person is None:
        raise ValidationError({"person": [_("There is no person with this id.")]})
    return person


def _assignee(user: Any, email: str, person: Person | None) -> Any:
    try:
        return assignee_named(email=email, person=person, by=user)
    except Refused as refusal:
        raise ValidationError({"assignee": [str(refusal)]}) from refusal
