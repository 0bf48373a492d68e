"""An unsubscribe as the API shows it, and what is sent to make one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.api.schema import PageSerializer
from people.api.parameters import NO_NUL, IdField, MomentField
from people.api.representation import timestamp
from people.api.serializers import BigIntegerField
from people.models import Unsubscribe
from people.paging import MAX_ID

SOURCES = [source.lower() for source in Unsubscribe.Source.values]


def represent(unsubscribe: Unsubscribe) -> dict[str, Any]:
    """`unsubscribed_by` must be loaded with it. What is absent is null."""
    by, ended = unsubscribe.unsubscribed_by, unsubscribe.resubscribed_at
    return {
        "id": unsubscribe.pk,
        "person": unsubscribe.person_id,
        "email": unsubscribe.email or None,
        "source": unsubscribe.source.lower(),
        "reason": unsubscribe.reason or None,
        "unsubscribed_at": timestamp(unsubscribe.unsubscribed_at),
        "unsubscribed_by": by.email if by else None,
        "resubscribed_at": timestamp(ended) if ended else None,
    }


class UnsubscribesParameters(PageParameters):
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="Of the person of this `id`"
    )
    since = MomentField(
        required=False, help_text="Made then or later. ISO 8601; UTC without an offset."
    )


class NewUnsubscribeSerializer(serializers.Serializer[Any]):
    person = IdField(min_value=1, max_value=MAX_ID, help_text="The `id` of who wants no emails")
    reason = serializers.RegexField(
        NO_NUL, min_length=1, max_length=500, help_text="How you know of it"
    )


class UnsubscribeSerializer(serializers.Serializer[Unsubscribe]):
    id = BigIntegerField(help_text="The unsubscribe. Never changes.")
    person = BigIntegerField(help_text="The `id` of who wants no emails")
    email = serializers.CharField(
        allow_null=True, help_text="The address then: nobody who has it gets emails"
    )
    source = serializers.ChoiceField(choices=SOURCES)  # type: ignore[assignment]
    reason = serializers.CharField(allow_null=True)
    unsubscribed_at = serializers.DateTimeField()
    unsubscribed_by = serializers.EmailField(
        allow_null=True, help_text="The user who did it; null when the person did"
    )
    resubscribed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it ended; null while it holds"
    )


class UnsubscribesPageSerializer(PageSerializer):
    results = UnsubscribeSerializer(many=True)
