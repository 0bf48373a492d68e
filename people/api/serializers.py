"""The shapes of the API, for its schema; `represent` makes them."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from people.models import Person


@extend_schema_field(OpenApiTypes.INT64)
class BigIntegerField(serializers.IntegerField):
    pass


class TextField(serializers.CharField):
    """Text that may be absent."""

    def __init__(self, help_text: str) -> None:
        super().__init__(required=False, allow_null=True, help_text=help_text)


class PersonSerializer(serializers.Serializer[Person]):
    id = BigIntegerField(required=False, help_text="The person here. Never changes.")
    marketo_id = BigIntegerField(required=False, help_text="The lead in Marketo. Never changes.")
    first_name = TextField("First name")
    last_name = TextField("Last name")
    email = TextField("E-mail address, as Marketo has it. Several people may share one.")
    phone = TextField("Phone number, as Marketo has it")
    company = TextField("Company name")
    title = TextField("Job title")
    linkedin_url = TextField("LinkedIn profile")
    source = TextField("Where the person came from")  # type: ignore[assignment]
    salesforce_contact_id = TextField("Salesforce contact")
    salesforce_lead_id = TextField("Salesforce lead; kept when the lead becomes a contact")
    salesforce_account_id = TextField("Salesforce account")
    salesforce_opportunity_id = TextField("Salesforce opportunity: the primary or newest one")
    owner_salesforce_id = TextField("The sales owner: a Salesforce user")
    state = serializers.ChoiceField(
        required=False,
        choices=[state.lower() for state in Person.State.values],
        help_text="`removed` people are tombstones: they left the workspace.",
    )
    removed_reason = serializers.ChoiceField(
        required=False,
        allow_null=True,
        choices=[reason.lower() for reason in Person.RemovedReason.values],
        help_text="Why the person left; null while active.",
    )
    updated_at = serializers.DateTimeField(
        required=False, help_text="When something shown here last changed. Grows with each change."
    )


class PeoplePageSerializer(serializers.Serializer[Person]):
    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    previous = serializers.URLField(
        allow_null=True, help_text="The page before; null on the first."
    )
    results = PersonSerializer(many=True)


class ErrorDetailSerializer(serializers.Serializer[None]):
    code = serializers.CharField(help_text="For programs: `invalid`, `not_found`, `throttled`, …")
    message = serializers.CharField(help_text="For people, in the language of Accept-Language.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Each wrong parameter with what is wrong about it; empty for other errors.",
    )


class ErrorSerializer(serializers.Serializer[None]):
    error = ErrorDetailSerializer()
