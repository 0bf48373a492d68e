"""The shapes of campaigns in the API: for its schema, and what is sent to it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.api.schema import PageSerializer
from activities.campaigns.models import Campaign, Launch, Member, Step
from people.api.parameters import IdField, MomentField
from people.api.serializers import BigIntegerField
from people.paging import MAX_ID

STATES = [state.lower() for state in Member.State.values]
REFUSE, LEAVE_OUT, ADD = "refuse", "leave_out", "add"


class MembersParameters(PageParameters):
    state = serializers.ChoiceField(required=False, choices=STATES, help_text="Who stands so")
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="The person of this `id`"
    )


class PeopleSerializer(serializers.Serializer[Any]):
    people = serializers.ListField(
        child=IdField(min_value=1, max_value=MAX_ID),
        min_length=1,
        max_length=Launch.MAX_PEOPLE,
        help_text="The `id` of each person.",
    )


class LaunchSerializer(PeopleSerializer):
    starts_at = MomentField(
        required=False,
        help_text="Day 1 is that of this moment, in your time zone; now, unless it is given.",
    )
    failing = serializers.ChoiceField(
        choices=[REFUSE, LEAVE_OUT, ADD],
        default=REFUSE,
        help_text="What to do about people for whom a step would fail, or who can't be added:"
        " `refuse` adds nobody, `leave_out` adds the others, `add` leaves out only those who can't"
        " be added.",
    )


class FiguresSerializer(serializers.Serializer[None]):
    people = serializers.IntegerField(help_text="Ever added")
    running = serializers.IntegerField(help_text="Running, waiting or paused")
    replied = serializers.IntegerField()
    finished = serializers.IntegerField()
    successes = serializers.IntegerField()


class CampaignSerializer(serializers.Serializer[Campaign]):
    id = BigIntegerField(help_text="The campaign. Never changes.")
    name = serializers.CharField()
    category = serializers.CharField()
    owner = serializers.EmailField(help_text="Who may change it")
    is_archived = serializers.BooleanField(help_text="Nobody can be added to an archived one.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    figures = FiguresSerializer()


class CampaignsPageSerializer(PageSerializer):
    results = CampaignSerializer(many=True)


class StepSerializer(serializers.Serializer[Step]):
    id = BigIntegerField()
    day = serializers.IntegerField(help_text="Its place in the sequence, from 1")
    kind = serializers.ChoiceField(choices=[kind.lower() for kind in Step.Kind.values])
    subject = serializers.CharField(
        allow_null=True, help_text="With dynamic fields; null answers the email before it."
    )
    send_option = serializers.ChoiceField(
        choices=[option.lower() for option in Step.SendOption.values]
    )
    send_time = serializers.TimeField(allow_null=True)
    is_follow_up = serializers.BooleanField()


class CampaignDetailSerializer(CampaignSerializer):
    skips_weekends = serializers.BooleanField()
    removes_on_bounce = serializers.BooleanField()
    ends_on_reply = serializers.BooleanField()
    marks_success_on_reply = serializers.BooleanField()
    ignores_out_of_office = serializers.BooleanField()
    steps = StepSerializer(many=True)


class MemberSerializer(serializers.Serializer[Member]):
    id = BigIntegerField(help_text="This person's time in the campaign")
    person = BigIntegerField(help_text="The `id` of the person")
    seller = serializers.EmailField(help_text="Who added the person, and writes to them")
    state = serializers.ChoiceField(choices=STATES)
    note = serializers.CharField(allow_null=True, help_text="Why it waits or ended")
    is_success = serializers.BooleanField()
    next_step = BigIntegerField(allow_null=True, help_text="The `id` of the step")
    next_step_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class MembersPageSerializer(PageSerializer):
    results = MemberSerializer(many=True)


class ProblemSerializer(serializers.Serializer[None]):
    person = BigIntegerField()
    step = BigIntegerField(
        allow_null=True, help_text="The step that would fail; null when the person can't be added"
    )
    code = serializers.CharField()
    message = serializers.CharField()


class LaunchedSerializer(serializers.Serializer[None]):
    members = MemberSerializer(many=True)
    problems = ProblemSerializer(many=True, help_text="What would fail, as things stand.")


class RemovedSerializer(serializers.Serializer[None]):
    removed = serializers.IntegerField(help_text="How many were in the campaign, and yours.")
