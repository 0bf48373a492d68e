"""What the OpenAPI schema says of every operation beside its own parameters."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from people.api.errors import error_body
from people.api.representation import FIELDS
from people.api.serializers import ErrorSerializer


def _header(name: str, description: str, *statuses: int) -> OpenApiParameter:
    kind = OpenApiTypes.STR if name in {"ETag", "WWW-Authenticate", "Allow"} else OpenApiTypes.INT
    return OpenApiParameter(
        name,
        kind,
        OpenApiParameter.HEADER,
        required=True,
        description=description,
        response=list(statuses),
    )


RESPONSE_HEADERS = [
    _header(
        "X-RateLimit-Limit", "Calls a minute this token may make.", 200, 201, 204, 304, 400, 429
    ),
    _header("X-RateLimit-Remaining", "Calls left in this minute.", 200, 201, 204, 304, 400, 429),
    _header("X-RateLimit-Reset", "Seconds until the minute is over.", 200, 201, 204, 304, 400, 429),
    _header("Retry-After", "Seconds to wait before the next call.", 429),
    _header("WWW-Authenticate", "How to sign in: `Token`.", 401),
    _header("Allow", "The methods there are.", 405),
]

ID_PARAMETER = OpenApiParameter(
    "person_id", OpenApiTypes.INT64, OpenApiParameter.PATH, description="The `id` of a person."
)
ETAG_PARAMETERS = [
    _header("ETag", "What this answer is known by.", 200, 304),
    OpenApiParameter(
        "If-None-Match",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description="The ETag of what you have; when that is still current, the answer is 304.",
    ),
]
# Written out, because a serializer cannot say that commas separate the names.
FIELDS_PARAMETER = OpenApiParameter(
    "fields",
    {"type": "array", "items": {"type": "string", "enum": list(FIELDS)}, "minItems": 1},
    explode=False,
    description="Only these fields, separated by commas.",
)


def error(description: str, code: str, message: str, **fields: list[str]) -> OpenApiResponse:
    """An error response with its example."""
    example = OpenApiExample(code, value=error_body(code, message, fields))
    return OpenApiResponse(ErrorSerializer, description=description, examples=[example])


NOT_MODIFIED = OpenApiResponse(description="What you have is current")
ERRORS = {
    400: error(
        "A parameter is unknown or its value is not valid",
        "invalid",
        "A parameter is not valid.",
        limit=["Ensure this value is less than or equal to 1000."],
    ),
    401: error(
        "No token, or one that is unknown, revoked, or of a deactivated user",
        "authentication_failed",
        "This token is not valid.",
    ),
    404: error("There is nothing here", "not_found", "Not found."),
    405: error(
        "People come from Marketo and are read-only",
        "method_not_allowed",
        "People come from Marketo and are read-only here. Change them in Marketo.",
    ),
    406: error(
        "Only application/json is spoken",
        "not_acceptable",
        "Could not satisfy the request Accept header.",
    ),
    429: error(
        "Too many calls in this minute",
        "throttled",
        "Request was throttled. Expected available in 12 seconds.",
    ),
    500: error(
        "Something went wrong here",
        "server_error",
        "Something went wrong here. The error was logged; please try again.",
    ),
}
