"""The activity log for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from activities.api.pages import page_body, read_api_page
from activities.api.parameters import ActivitiesParameters
from activities.api.representation import represent
from activities.api.schema import LIST_ERRORS
from activities.api.serializers import ActivitiesPageSerializer
from activities.destinations import reports_of
from activities.models import Activity
from activities.timeline import activities_of
from people.api.base import ApiView
from people.api.parameters import read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.models import Person


class ActivitiesView(ApiView):
    @extend_schema(
        operation_id="list_activities",
        summary="What happened, newest first",
        parameters=[ActivitiesParameters, *RESPONSE_HEADERS],
        responses={200: ActivitiesPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """The log is append-only: what was recorded never changes. `deliveries` says where each
        activity was logged to, under which id, and how it stands there.
        """
        parameters = read_parameters(ActivitiesParameters, request.query_params)
        activities = _matching(parameters).select_related("actor")
        page = read_api_page(activities, moment="occurred_at", parameters=parameters)
        reports = reports_of([activity.uuid for activity in page.rows])
        return Response(page_body(request, page, lambda row: represent(row, reports[row.uuid])))


def _matching(parameters: Mapping[str, Any]) -> QuerySet[Activity]:
    activities = Activity.objects.all()
    if pk := parameters.get("person"):
        activities = activities_of(Person(pk=pk))
    if kind := parameters.get("kind"):
        activities = activities.filter(kind=kind.upper())
    if actor := parameters.get("actor"):
        activities = activities.filter(actor__email=actor.lower())
    if since := parameters.get("since"):
        activities = activities.filter(occurred_at__gte=since)
    return activities
