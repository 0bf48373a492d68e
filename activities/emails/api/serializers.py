"""The shapes of emails in the API: for its schema, and what is sent to it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from activities.api.pages import PageParameters
from activities.api.schema import PageSerializer
from activities.emails.addresses import MAX_ADDRESS, MAX_COPIES
from activities.emails.models import Email, EmailLink
from people.api.parameters import NO_NUL, IdField, MomentField
from people.api.serializers import BigIntegerField
from people.paging import MAX_ID

STATES = [state.lower() for state in Email.State.values]
MAX_BODY = 1_000_000


class EmailsParameters(PageParameters):
    person = IdField(
        required=False, min_value=1, max_value=MAX_ID, help_text="To the person of this `id`"
    )
    state = serializers.ChoiceField(required=False, choices=STATES, help_text="Which stand so")
    since = MomentField(
        required=False, help_text="Written then or later. ISO 8601; UTC without an offset."
    )


class AddressesField(serializers.ListField):
    def __init__(self, help_text: str) -> None:
        child = serializers.RegexField(NO_NUL, max_length=MAX_ADDRESS, allow_blank=True)
        super().__init__(child=child, default=list, max_length=MAX_COPIES, help_text=help_text)


class NewEmailSerializer(serializers.Serializer[Any]):
    person = IdField(min_value=1, max_value=MAX_ID, help_text="The `id` of the person it goes to")
    template = IdField(
        required=False,
        min_value=1,
        max_value=MAX_ID,
        help_text="The `id` of a template you may use: its subject and body, unless you give yours,"
        " its files, and whether it is non-commercial.",
    )
    subject = serializers.RegexField(
        NO_NUL,
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="With dynamic fields. Required without a template.",
    )
    body_html = serializers.RegexField(
        NO_NUL,
        required=False,
        allow_blank=True,
        max_length=MAX_BODY,
        help_text="With dynamic fields; cleaned as everything a seller writes. Required without a"
        " template.",
    )
    cc = AddressesField("Who gets a copy")
    bcc = AddressesField("Who gets a copy without the others' knowing")
    scheduled_for = MomentField(
        required=False, help_text="When to send it; now, unless it is given."
    )


class LinkSerializer(serializers.Serializer[EmailLink]):
    url = serializers.CharField()
    clicks = serializers.IntegerField(help_text="Without automated ones")


class EmailSerializer(serializers.Serializer[Email]):
    id = BigIntegerField(help_text="The email. Never changes.")
    person = BigIntegerField(help_text="The `id` of the person it goes to")
    sender = serializers.EmailField(help_text="The seller")
    to = serializers.CharField(
        allow_null=True, help_text="The address it went to; until then the person's own"
    )
    cc = serializers.ListField(child=serializers.CharField())
    bcc = serializers.ListField(child=serializers.CharField())
    subject = serializers.CharField(
        allow_null=True, help_text="As sent; until then as written, with dynamic fields"
    )
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="`uncertain` may or may not have gone out, which its seller has to find out.",
    )
    reason_code = serializers.CharField(allow_null=True, help_text="For programs")
    reason = serializers.CharField(
        allow_null=True, help_text="Why it failed, waits or is uncertain"
    )
    template = BigIntegerField(allow_null=True)
    campaign = BigIntegerField(allow_null=True)
    follow_up_to = BigIntegerField(allow_null=True, help_text="The email it answers")
    is_non_commercial = serializers.BooleanField()
    is_archived = serializers.BooleanField(help_text="Not tracked any more")
    is_success = serializers.BooleanField()
    message_id = serializers.CharField(allow_null=True, help_text="Its Message-ID")
    views = serializers.IntegerField(help_text="Without automated ones and the seller's own")
    clicks = serializers.IntegerField(help_text="As the views")
    replies = serializers.IntegerField()
    scheduled_for = serializers.DateTimeField(allow_null=True)
    next_attempt_at = serializers.DateTimeField(allow_null=True, help_text="While it waits")
    sent_at = serializers.DateTimeField(allow_null=True)
    last_engaged_at = serializers.DateTimeField(
        allow_null=True, help_text="The last view, click or reply"
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        # A word of Python's, so it cannot be written above.
        fields["from"] = serializers.CharField(allow_null=True, help_text="Whom it is from")
        return fields


class EmailsPageSerializer(PageSerializer):
    results = EmailSerializer(many=True)


class EmailDetailSerializer(EmailSerializer):
    body_html = serializers.CharField(help_text="As written, with dynamic fields")
    sent_html = serializers.CharField(allow_null=True, help_text="As sent, without tracking")
    sent_text = serializers.CharField(allow_null=True, help_text="The plain-text part")
    links = LinkSerializer(many=True, help_text="The tracked links, in order")
