"""Emails for programs: send or schedule one, and see what became of it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from activities.api.idempotency import idempotent
from activities.api.pages import page_body, read_api_page
from activities.api.schema import CHANGE_ERRORS, IDEMPOTENCY_KEY, LIST_ERRORS, REPLAYED
from activities.emails.api.representation import detail_body, email_body
from activities.emails.api.serializers import (
    EmailDetailSerializer,
    EmailsPageSerializer,
    EmailsParameters,
    NewEmailSerializer,
)
from activities.emails.models import Email, Template
from activities.emails.selectors import visible_emails
from activities.emails.services import draft_email, schedule
from activities.emails.template_selectors import usable_templates
from people.api.base import ApiView
from people.api.parameters import read_body, read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.errors import Refused
from people.models import Person

EMAIL_ID = OpenApiParameter(
    "email_id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The `id` of an email."
)


class EmailsView(ApiView):
    @extend_schema(
        operation_id="list_emails",
        summary="Emails, the last written first",
        parameters=[EmailsParameters, *RESPONSE_HEADERS],
        responses={200: EmailsPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Your own, in whatever state; an admin's token lists everybody's."""
        parameters = read_parameters(EmailsParameters, request.query_params)
        emails = visible_emails(user=request.user)
        if person := parameters.get("person"):
            emails = emails.filter(person=person)
        if state := parameters.get("state"):
            emails = emails.filter(state=state.upper())
        if since := parameters.get("since"):
            emails = emails.filter(created_at__gte=since)
        emails = emails.select_related("sender", "identity", "person")
        page = read_api_page(emails, moment="created_at", parameters=parameters)
        return Response(page_body(request, page, email_body))

    @extend_schema(
        operation_id="send_email",
        summary="Send or schedule an email",
        parameters=[IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=NewEmailSerializer,
        responses={201: EmailDetailSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """As you, from your default From address, to one person.

        The person, the template and what there is to send must exist: the answer is 409 otherwise.
        It is sent a moment after the answer, or at `scheduled_for`. Whether it may be sent is asked
        then; what keeps it back stands in `state` and `reason`.
        """
        asked = read_body(NewEmailSerializer, request.data)
        email = _write(request.user, asked)
        return Response(detail_body(email), status=status.HTTP_201_CREATED)


class EmailView(ApiView):
    @extend_schema(
        operation_id="get_email",
        summary="One email, with how it was engaged with",
        parameters=[EMAIL_ID, *RESPONSE_HEADERS],
        responses={200: EmailDetailSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request, email_id: int) -> Response:
        emails = visible_emails(user=request.user).select_related("sender", "identity", "person")
        email = emails.filter(pk=email_id).first()
        if email is None:
            raise NotFound(_("There is no email with this id."))
        return Response(detail_body(email))


@transaction.atomic
def _write(sender: Any, asked: dict[str, Any]) -> Email:
    now = timezone.now()
    template = _template(sender, asked.get("template"))
    email = draft_email(
        sender=sender,
        person=_person(asked["person"]),
        now=now,
        subject=asked.get("subject", template.subject if template else ""),
        body_html=asked.get("body_html", template.body_html if template else ""),
        template=template,
        cc=asked["cc"],
        bcc=asked["bcc"],
        files=template.files.defer("content") if template else (),
        is_non_commercial=template is not None and template.is_non_commercial,
    )
    return schedule(email=email, at=asked.get("scheduled_for"), now=now)


def _person(pk: int) -> Person:
    person = Person.objects.filter(pk=pk).first()
    if person is None:
        raise Refused(_("There is no person with this id."))
    return person


def _template(sender: Any, pk: int | None) -> Template | None:
    template = usable_templates(user=sender).filter(pk=pk).first() if pk else None
    if pk and template is None:
        raise Refused(_("There is no template with this id, or you may not use it."))
    return template
