"""The query parameters: what they are, for the views and for the schema alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from people.api.representation import FIELDS
from people.filters import MomentFilter, PersonFilter, TextFilter, YesNoFilter
from people.models import Person
from people.moments import in_utc
from people.paging import MAX_ID

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000
# The API's names of the orders where they differ from the page's.
ORDERS = {
    "updated_at": "updated",
    "owner_salesforce_id": "owner",
    **{
        column: column
        for column in ("first_name", "last_name", "email", "company", "title", "phone", "source")
    },
}
ALL = "all"
STATES = (*(state.lower() for state in Person.State.values), ALL)
# PostgreSQL has no NUL in its texts.
NO_NUL = r"^[^\x00]*$"
CURSOR_PATTERN = rf"^-?({'|'.join(ORDERS)})\.[A-Za-z0-9_-]+$"


class MomentField(serializers.DateTimeField):
    """ISO 8601; without an offset it is UTC."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return in_utc(value if value.tzinfo else value.replace(tzinfo=UTC))


class YesNoField(serializers.BooleanField):
    """`true` or `false`, and none of the spellings HTML forms have for them."""

    TRUE_VALUES = {"true"}
    FALSE_VALUES = {"false"}
    NULL_VALUES = set()


@extend_schema_field(OpenApiTypes.STR)
class FieldNamesField(serializers.Field[tuple[str, ...], str, tuple[str, ...], Any]):
    """`id,email` becomes the names, in the order people have them."""

    default_error_messages = {"unknown": _("There is no field “{name}”.")}

    def to_internal_value(self, data: str) -> tuple[str, ...]:
        names = data.split(",")
        for name in names:
            if name not in FIELDS:
                self.fail("unknown", name=name)
        return tuple(field for field in FIELDS if field in names)


class PersonParameters(serializers.Serializer[Any]):
    fields = FieldNamesField(  # type: ignore[assignment]
        default=FIELDS, help_text="Only these fields, separated by commas."
    )


@extend_schema_field(OpenApiTypes.INT64)
class IdField(serializers.IntegerField):
    pass


def _field_for(item: django_filters.Filter) -> serializers.Field[Any, Any, Any, Any]:
    """A filter of the page as a parameter: the same name and limits, but nothing is guessed."""
    options = {"required": False, "help_text": item.extra.get("help_text") or item.label}
    make: dict[type[django_filters.Filter], Callable[[], serializers.Field[Any, Any, Any, Any]]] = {
        TextFilter: lambda: serializers.RegexField(
            NO_NUL, max_length=item.extra["max_length"], trim_whitespace=False, **options
        ),
        YesNoFilter: lambda: YesNoField(**options),
        django_filters.ChoiceFilter: lambda: serializers.ChoiceField(
            choices=item.extra["choices"], **options
        ),
        MomentFilter: lambda: MomentField(**options),
        django_filters.NumberFilter: lambda: IdField(min_value=1, max_value=MAX_ID, **options),
    }
    return make[type(item)]()


class PeopleParameters(PersonParameters):
    state = serializers.ChoiceField(
        choices=STATES,
        default=Person.State.ACTIVE.lower(),
        help_text="`removed` lists the tombstones. To keep a copy in sync ask for `all`.",
    )
    ordering = serializers.ChoiceField(
        choices=[sign + order for order in ORDERS for sign in ("", "-")],
        default="updated_at",
        help_text="Text is ordered without regard to case, people without it last. To keep a copy"
        " in sync leave this as it is.",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, help_text="People a page."
    )
    cursor = serializers.RegexField(
        CURSOR_PATTERN,
        required=False,
        max_length=1_500,
        trim_whitespace=False,
        help_text="From `next` or `previous`. Not for you to make or to read.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        filters = {name: _field_for(item) for name, item in PersonFilter.base_filters.items()}
        return {**filters, **super().get_fields()}


def read_body(serializer_class: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Validate what is sent as JSON.

    Raises ValidationError that names every wrong field, an unknown one too: a misspelt field that
    is silently ignored would do something else than was asked for.
    """
    serializer = serializer_class(data=data)
    serializer.is_valid()
    errors = dict(serializer.errors)
    if isinstance(data, Mapping):
        unknown = [name for name in data if name not in serializer.fields]
        errors |= {str(name): [_("There is no such field.")] for name in unknown}
    if errors:
        raise ValidationError(errors)
    return dict(serializer.validated_data)


def read_parameters(
    serializer_class: type[serializers.Serializer[Any]], query: QueryDict
) -> dict[str, Any]:
    """Validate the query string.

    Raises ValidationError that names every wrong parameter, an unknown or repeated one too: a
    filter that is silently ignored would answer with other people than those asked for.
    """
    serializer = serializer_class(data=query.dict())
    serializer.is_valid()
    errors = dict(serializer.errors)
    for name, values in query.lists():
        if name not in serializer.fields:
            errors[name] = [_("There is no such parameter.")]
        elif len(values) > 1:
            errors[name] = [_("Give this parameter once.")]
    if errors:
        raise ValidationError(errors)
    return dict(serializer.validated_data)
