"""The shapes of the log in the API, for its schema; `represent` makes them."""

from __future__ import annotations

from rest_framework import serializers

from activities.api.schema import PageSerializer
from activities.models import Activity
from people.api.serializers import BigIntegerField

DELIVERY_STATES = ("delivered", "waiting", "parked", "cancelled")

KINDS = [kind.lower() for kind in Activity.Kind.values]


class ActivityDeliverySerializer(serializers.Serializer[None]):
    destination = serializers.CharField(help_text="`marketo`, …")
    state = serializers.ChoiceField(
        choices=DELIVERY_STATES,
        help_text="`parked` was refused there and waits for an admin; `cancelled` is not sent.",
    )
    remote_id = serializers.CharField(allow_null=True, help_text="Its id over there")
    at = serializers.DateTimeField(allow_null=True, help_text="Since when it stands so")
    reason = serializers.CharField(
        allow_null=True, help_text="Why, where there is something to say"
    )


class ActivitySerializer(serializers.Serializer[Activity]):
    uuid = serializers.UUIDField(help_text="The activity, here and wherever it is logged to")
    kind = serializers.ChoiceField(choices=KINDS)
    person = BigIntegerField(help_text="The `id` of the person it happened with")
    actor = serializers.EmailField(help_text="The seller")
    occurred_at = serializers.DateTimeField(help_text="When it happened")
    recorded_at = serializers.DateTimeField(help_text="When it was recorded here")
    subject = serializers.CharField(
        allow_null=True, help_text="The email's subject, the call's outcome or the campaign's name"
    )
    details = serializers.DictField(
        child=serializers.JSONField(), help_text="What else is known; the names go with the kind."
    )
    deliveries = ActivityDeliverySerializer(many=True)


class ActivitiesPageSerializer(PageSerializer):
    results = ActivitySerializer(many=True)
