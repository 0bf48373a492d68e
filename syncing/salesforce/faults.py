"""What each of Salesforce's error codes asks of us (doc: REST API, status codes and errors)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Verdict(Enum):
    EXPIRED = auto()  # a new token, then the same request once more
    STOPS = auto()  # the connection can't be used until a person has looked after it
    QUOTA = auto()  # nobody calls for a while
    BUSY = auto()  # not executed: to be repeated
    UNCERTAIN = auto()  # a read may be repeated; a write may have been done
    EXISTS = auto()  # the key is taken: look up by whom
    GONE = auto()  # the record it is about was deleted, merged or converted
    SCHEMA = auto()  # a field or object is not there, or not for us: describe again
    DENIED = auto()  # a permission is missing for this record
    INVALID = auto()  # the record's values, by the org's own rules
    CONFLICT = auto()  # somebody changed the record meanwhile
    OURS = auto()  # a request that we should not have made


class Category(StrEnum):
    """As a list of failures groups them."""

    AUTHENTICATION = "AUTHENTICATION"
    VALIDATION = "VALIDATION"
    INTERMITTENT = "INTERMITTENT"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Rule:
    verdict: Verdict
    category: Category
    # In plain words; Salesforce's own message where these are empty.
    words: str = ""
    # Seconds to let pass before the next try; none: the usual back-off.
    retry_after: float | None = None
    # Which setting is at fault where the connection stops.
    setting: str = "connection"

    @property
    def is_retried(self) -> bool:
        """Whether time alone may put it right."""
        return self.verdict in {Verdict.BUSY, Verdict.UNCERTAIN, Verdict.QUOTA, Verdict.EXPIRED}


# Our own codes for a body that is empty, cut off or not JSON, and for a redirect.
NONSENSE = "nonsense"
MOVED = "moved"

QUOTA_RESTS = 15 * 60.0
_CONCURRENT_RESTS = 30.0
_MAINTENANCE_RESTS = 5 * 60.0
_APPROVAL_RESTS = 24 * 60 * 60.0

_RECONNECT = Rule(
    Verdict.STOPS,
    Category.AUTHENTICATION,
    "Salesforce does not accept the connection any more. Connect again.",
)
_NO_API = Rule(
    Verdict.STOPS,
    Category.AUTHENTICATION,
    "Salesforce does not allow this user to use its API. An admin of Salesforce has to grant"
    " “API Enabled”, in an edition that has the API.",
    setting="permissions",
)
_INACTIVE = Rule(
    Verdict.STOPS, Category.AUTHENTICATION, "The user or the org is not active in Salesforce."
)
_INVALID = Rule(Verdict.INVALID, Category.VALIDATION)
_SCHEMA = Rule(Verdict.SCHEMA, Category.VALIDATION)
_DENIED = Rule(Verdict.DENIED, Category.VALIDATION)
_GONE = Rule(Verdict.GONE, Category.OTHER)
_BUSY = Rule(Verdict.BUSY, Category.INTERMITTENT)
_UNAVAILABLE = Rule(Verdict.UNCERTAIN, Category.INTERMITTENT, "Salesforce is not available.")
_MAINTENANCE = Rule(
    Verdict.BUSY,
    Category.INTERMITTENT,
    "Salesforce is read-only during its maintenance.",
    _MAINTENANCE_RESTS,
)
_OURS = Rule(Verdict.OURS, Category.OTHER)
# What the table does not know is never dropped: it is tried some times, then a person looks.
_UNKNOWN = Rule(Verdict.INVALID, Category.OTHER)

_CONCURRENT = Rule(
    Verdict.BUSY,
    Category.INTERMITTENT,
    "Too many long calls run in Salesforce at the same time.",
    _CONCURRENT_RESTS,
)

_RULES: Mapping[str, Rule] = {
    "INVALID_SESSION_ID": Rule(
        Verdict.EXPIRED, Category.AUTHENTICATION, "Salesforce does not accept the session."
    ),
    "invalid_grant": _RECONNECT,
    "AUTHENTICATION_FAILURE": _RECONNECT,
    "EXPIRED_ACCESS": _RECONNECT,
    "API_DISABLED_FOR_ORG": _NO_API,
    "API_CURRENTLY_DISABLED": _NO_API,
    "INACTIVE_USER": _INACTIVE,
    "INACTIVE_ORGANIZATION": _INACTIVE,
    "REQUEST_LIMIT_EXCEEDED": Rule(
        Verdict.QUOTA,
        Category.INTERMITTENT,
        "Salesforce's limit of API calls in 24 hours is reached.",
        QUOTA_RESTS,
    ),
    "UNABLE_TO_LOCK_ROW": _BUSY,
    "QUERY_TIMEOUT": _BUSY,
    "FAILED_WRITE": _BUSY,
    "SERVER_UNAVAILABLE": _UNAVAILABLE,
    "UNKNOWN_EXCEPTION": Rule(Verdict.UNCERTAIN, Category.INTERMITTENT),
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": _MAINTENANCE,
    "DUPLICATE_VALUE": Rule(Verdict.EXISTS, Category.VALIDATION),
    "DUPLICATES_DETECTED": _INVALID,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _INVALID,
    "REQUIRED_FIELD_MISSING": _INVALID,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _INVALID,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _INVALID,
    "FIELD_INTEGRITY_EXCEPTION": _INVALID,
    "FIELD_FILTER_VALIDATION_EXCEPTION": _INVALID,
    "STRING_TOO_LONG": _INVALID,
    "NUMBER_OUTSIDE_VALID_RANGE": _INVALID,
    "INVALID_EMAIL_ADDRESS": _INVALID,
    "INVALID_FIELD": _SCHEMA,
    "INVALID_TYPE": _SCHEMA,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _SCHEMA,
    "INSUFFICIENT_ACCESS_OR_READONLY": _DENIED,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _DENIED,
    "TXN_SECURITY_NO_ACCESS": _DENIED,
    # An approval process ends some day.
    "ENTITY_IS_LOCKED": Rule(
        Verdict.BUSY, Category.VALIDATION, "The record is locked.", _APPROVAL_RESTS
    ),
    "INVALID_CROSS_REFERENCE_KEY": _GONE,
    "ENTITY_IS_DELETED": _GONE,
    "MALFORMED_ID": _GONE,
    "NOT_FOUND": _GONE,
    "CANNOT_UPDATE_CONVERTED_LEAD": _GONE,
    "MALFORMED_QUERY": _OURS,
    "JSON_PARSER_ERROR": _OURS,
    "METHOD_NOT_ALLOWED": _OURS,
    "UNSUPPORTED_API_VERSION": _OURS,
    "INVALID_REPLICATION_DATE": _OURS,
    "EXCEEDED_ID_LIMIT": _OURS,
    NONSENSE: Rule(
        Verdict.UNCERTAIN, Category.INTERMITTENT, "Salesforce gave an answer that makes no sense."
    ),
    MOVED: Rule(
        Verdict.STOPS, Category.AUTHENTICATION, "The org's address has changed. Connect again."
    ),
    "412": Rule(Verdict.CONFLICT, Category.INTERMITTENT),
    **{str(status): _UNAVAILABLE for status in range(500, 600)},
}

# A trigger or flow of the customer's failed over what passes by itself.
_PASSING = ("UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "timeout", "timed out")


def rule_for(code: str, message: str) -> Rule:
    """The rule for a code; some codes have two meanings, told apart by the message alone."""
    if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" in message.lower():
        return _CONCURRENT
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and any(
        sign.lower() in message.lower() for sign in _PASSING
    ):
        return _BUSY
    return _RULES.get(code, _UNKNOWN)
