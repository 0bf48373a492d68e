"""What the OpenAPI schema says of the operations on what happened."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from people.api.schema import ERRORS as ERRORS_OF_PEOPLE
from people.api.schema import error

LIST_ERRORS = {
    **ERRORS_OF_PEOPLE,
    405: error("There is no such method here", "method_not_allowed", 'Method "PUT" not allowed.'),
}
# For methods that change something.
CHANGE_ERRORS = {
    **LIST_ERRORS,
    403: error("You may not do this", "permission_denied", "Not allowed."),
    409: error(
        "It can't be done as things stand; the message says why, and what to do",
        "refused",
        "This campaign is archived. Take it out of the archive first.",
    ),
    415: error(
        "Only application/json is understood",
        "unsupported_media_type",
        'Unsupported media type "text/plain" in request.',
    ),
    422: error(
        "The Idempotency-Key was used for another request",
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request. Use a new one.",
    ),
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Any text of yours. The same request sent again with it within 24 hours is"
    " carried out once, and gets the same answer with the header `Idempotent-Replayed`.",
)
REPLAYED = OpenApiParameter(
    "Idempotent-Replayed",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`true` on an answer that was given before.",
    response=[200, 201],
)


class PageSerializer(serializers.Serializer[None]):
    """What every list answers around its `results`."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null on the last one.")
    previous = serializers.URLField(
        allow_null=True, help_text="The page before; null on the first."
    )
