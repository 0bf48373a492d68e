"""The shapes of calls in the API: for its schema, and what is sent to it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.api.schema import PageSerializer
from activities.calls.models import Call
from people.api.parameters import NO_NUL, IdField, MomentField
from people.api.serializers import BigIntegerField
from people.paging import MAX_ID

CALL_STATUSES = [status.lower() for status in Call.Status.values]
MAX_NOTES = 100_000


class CallsParameters(PageParameters):
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="With the person of this `id`"
    )
    status = serializers.ChoiceField(
        required=False, choices=CALL_STATUSES, help_text="That went like this"
    )
    since = MomentField(
        required=False, help_text="That began then or later. ISO 8601; UTC without an offset."
    )


class NewCallSerializer(serializers.Serializer[Any]):
    person = IdField(min_value=1, max_value=MAX_ID, help_text="The `id` of whom you called")
    status = serializers.ChoiceField(choices=CALL_STATUSES, help_text="How it went")
    outcome = serializers.RegexField(
        NO_NUL,
        required=False,
        min_length=1,
        max_length=50,
        help_text="The name of an outcome that the admins offer; they may require one.",
    )
    reason = serializers.RegexField(
        NO_NUL,
        required=False,
        min_length=1,
        max_length=50,
        help_text="The name of a reason that the admins offer; they may require one.",
    )
    phone_number = serializers.RegexField(
        NO_NUL,
        default="",
        allow_blank=True,
        max_length=64,
        help_text="Shown in international form if it can be read, else as given.",
    )
    called_at = MomentField(required=False, help_text="When it began; now, unless it is given.")
    duration_seconds = serializers.IntegerField(
        required=False, min_value=0, max_value=86_400, help_text="How long it lasted"
    )
    notes = serializers.RegexField(
        NO_NUL, default="", allow_blank=True, max_length=MAX_NOTES, help_text="For sellers only"
    )
    answered_by = serializers.RegexField(
        NO_NUL, default="", allow_blank=True, max_length=255, help_text="Who answered"
    )
    recording_url = serializers.RegexField(
        NO_NUL, default="", allow_blank=True, max_length=1000, help_text="https:// only"
    )


class CallSerializer(serializers.Serializer[Call]):
    id = BigIntegerField(help_text="The call. Never changes.")
    activity = serializers.UUIDField(help_text="Its `uuid` in the activity log")
    person = BigIntegerField(help_text="The `id` of the person who was called")
    caller = serializers.EmailField(help_text="The seller")
    status = serializers.ChoiceField(choices=CALL_STATUSES)
    outcome = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    phone_number = serializers.CharField(allow_null=True)
    called_at = serializers.DateTimeField(help_text="When it began")
    duration_seconds = serializers.IntegerField(allow_null=True)
    notes = serializers.CharField(allow_null=True, help_text="As they are now")
    answered_by = serializers.CharField(allow_null=True)
    recording_url = serializers.CharField(allow_null=True)
    campaign = serializers.CharField(
        allow_null=True, help_text="The name of the campaign whose step it was"
    )
    logged_at = serializers.DateTimeField(help_text="When it was logged")


class CallsPageSerializer(PageSerializer):
    results = CallSerializer(many=True)
