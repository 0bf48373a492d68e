"""Campaigns for programs: as in the browser, a user sees their own and shared ones."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from activities.api.idempotency import idempotent
from activities.api.pages import PageParameters, page_body, read_api_page
from activities.api.schema import CHANGE_ERRORS, IDEMPOTENCY_KEY, LIST_ERRORS, REPLAYED
from activities.campaigns.api.representation import (
    campaign_body,
    detail_body,
    member_body,
    problem_body,
)
from activities.campaigns.api.serializers import (
    LEAVE_OUT,
    REFUSE,
    CampaignDetailSerializer,
    CampaignsPageSerializer,
    LaunchedSerializer,
    LaunchSerializer,
    MembersPageSerializer,
    MembersParameters,
    PeopleSerializer,
    RemovedSerializer,
)
from activities.campaigns.figures import figures_of
from activities.campaigns.models import Campaign, Member
from activities.campaigns.preflight import Finding, findings
from activities.campaigns.selectors import manageable_members, steps_of, visible_campaigns
from activities.campaigns.services import launch, remove_members
from people.api.base import ApiView
from people.api.parameters import read_body, read_parameters
from people.api.schema import RESPONSE_HEADERS
from people.models import Person

CAMPAIGN_ID = OpenApiParameter(
    "campaign_id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The `id` of a campaign."
)


def _campaign(request: Request, pk: int) -> Campaign:
    campaigns = visible_campaigns(user=request.user).select_related("owner", "category")
    campaign = campaigns.filter(pk=pk).first()
    if campaign is None:
        raise NotFound(_("There is no campaign with this id."))
    return campaign


class CampaignsView(ApiView):
    @extend_schema(
        operation_id="list_campaigns",
        summary="Campaigns, the newest first",
        parameters=[PageParameters, *RESPONSE_HEADERS],
        responses={200: CampaignsPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Your own and those shared with a team of yours, archived ones too."""
        parameters = read_parameters(PageParameters, request.query_params)
        campaigns = visible_campaigns(user=request.user).select_related("owner", "category")
        page = read_api_page(campaigns, moment="created_at", parameters=parameters)
        figures = figures_of(page.rows)
        return Response(page_body(request, page, lambda row: campaign_body(row, figures[row.pk])))


class CampaignView(ApiView):
    @extend_schema(
        operation_id="get_campaign",
        summary="One campaign, with its steps",
        parameters=[CAMPAIGN_ID, *RESPONSE_HEADERS],
        responses={200: CampaignDetailSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        campaign = _campaign(request, campaign_id)
        figures = figures_of([campaign])[campaign.pk]
        return Response(detail_body(campaign, figures, steps_of(campaign)))


class MembersView(ApiView):
    @extend_schema(
        operation_id="list_campaign_members",
        summary="Where everyone in a campaign stands, the last added first",
        parameters=[CAMPAIGN_ID, MembersParameters, *RESPONSE_HEADERS],
        responses={200: MembersPageSerializer, **LIST_ERRORS},
    )
    def get(self, request: Request, campaign_id: int) -> Response:
        parameters = read_parameters(MembersParameters, request.query_params)
        members = Member.objects.filter(campaign=_campaign(request, campaign_id))
        if state := parameters.get("state"):
            members = members.filter(state=state.upper())
        if person := parameters.get("person"):
            members = members.filter(person=person)
        page = read_api_page(
            members.select_related("seller"), moment="started_at", parameters=parameters
        )
        return Response(page_body(request, page, member_body))

    @extend_schema(
        operation_id="add_campaign_members",
        summary="Add people to a campaign",
        parameters=[CAMPAIGN_ID, IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=LaunchSerializer,
        responses={201: LaunchedSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request, campaign_id: int) -> Response:
        """All of them or nobody, as you: you write to them, from your default From address."""
        campaign = _campaign(request, campaign_id)
        asked = read_body(LaunchSerializer, request.data)
        people, now = _people(asked["people"]), timezone.now()
        found = findings(campaign=campaign, seller=request.user, people=people, now=now)
        launched = launch(
            campaign=campaign,
            seller=request.user,
            people=_going(people, found, asked["failing"]),
            starts_at=asked.get("starts_at", now),
            now=now,
        )
        members = launched.members.select_related("seller").order_by("pk")
        body = {
            "members": [member_body(member) for member in members],
            "problems": [problem_body(finding) for finding in found],
        }
        return Response(body, status=status.HTTP_201_CREATED)


class RemoveMembersView(ApiView):
    @extend_schema(
        operation_id="remove_campaign_members",
        summary="Remove people from a campaign",
        parameters=[CAMPAIGN_ID, IDEMPOTENCY_KEY, REPLAYED, *RESPONSE_HEADERS],
        request=PeopleSerializer,
        responses={200: RemovedSerializer, **CHANGE_ERRORS},
    )
    @idempotent
    def post(self, request: Request, campaign_id: int) -> Response:
        """Those you added; an admin removes anybody. What waits to be sent to them is cancelled."""
        campaign = _campaign(request, campaign_id)
        asked = read_body(PeopleSerializer, request.data)
        members = manageable_members(user=request.user).filter(
            campaign=campaign,
            person__in=asked["people"],
            state__in=Member.OPEN_STATES,
        )
        removed = remove_members(members=members, by=request.user, now=timezone.now())
        return Response({"removed": removed})


def _people(ids: Sequence[int]) -> list[Person]:
    """In the order asked for. Raises ValidationError that names who does not exist."""
    found = Person.objects.in_bulk(ids)
    if missing := [pk for pk in ids if pk not in found]:
        text = _("There is no person with the id %(id)d.")
        raise ValidationError({"people": [text % {"id": pk} for pk in missing]})
    return list(found.values())


def _going(people: Sequence[Person], found: Sequence[Finding], failing: str) -> list[Person]:
    """Who is to be added. Raises ValidationError that names each problem when none is allowed."""
    if failing == REFUSE and found:
        raise ValidationError(
            {"people": [f"{finding.person.pk}: {finding.message}" for finding in found]}
        )
    out = {finding.person.pk for finding in found if failing == LEAVE_OUT or finding.step is None}
    return [person for person in people if person.pk not in out]
