"""What each of Marketo's error codes asks of us (doc: error-codes.md), as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class Verdict(Enum):
    REFRESH = auto()  # a new token, then the same request once more
    UNCERTAIN = auto()  # a read may be repeated; a write may have been done
    REFUSED = auto()  # not executed: reads and writes alike may be repeated
    QUOTA = auto()  # nothing more today
    MISCONFIGURED = auto()  # the rule's setting is at fault
    EMPTY = auto()  # an answer without rows
    PERMANENT = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    verdict: Verdict
    # In plain words; Marketo's own message where these are empty.
    words: str = ""
    # Seconds to let pass before the next try; none: the usual back-off.
    retry_after: float | None = None
    setting: str = ""
    # Seconds in which nobody may call; the second number is the most that chance adds.
    everyone_rests: tuple[float, float] = (0, 0)


# Our own code for a body that is empty, cut off, not JSON, or without a verdict.
NONSENSE = "nonsense"

_PERMANENT = Rule(Verdict.PERMANENT)
_UNCERTAIN = Rule(Verdict.UNCERTAIN)
_MOVED = Rule(
    Verdict.MISCONFIGURED, "The base URL redirects to somewhere else.", setting="base_url"
)
_UNAVAILABLE = Rule(Verdict.UNCERTAIN, "Marketo is not available.")
_REFRESH = Rule(Verdict.REFRESH, "Marketo does not accept the access token.", 60)

_RULES: Mapping[str, Rule] = {
    NONSENSE: Rule(Verdict.UNCERTAIN, "Marketo gave an answer that makes no sense."),
    **{str(status): _MOVED for status in range(300, 400)},
    "404": Rule(Verdict.PERMANENT, "Marketo has nothing at this address."),
    "413": Rule(Verdict.PERMANENT, "The request's body is too large for Marketo."),
    "414": Rule(Verdict.PERMANENT, "The request's address is too long for Marketo."),
    **{str(status): _UNAVAILABLE for status in range(500, 600)},
    "601": _REFRESH,
    "602": _REFRESH,
    "603": Rule(
        Verdict.MISCONFIGURED,
        "Marketo denies access: the API user's role lacks a permission, or an IP allowlist is set.",
        setting="permissions",
    ),
    "604": _UNCERTAIN,
    "606": Rule(
        Verdict.REFUSED,
        "Marketo's limit of calls per 20 seconds is reached.",
        everyone_rests=(20, 1),
    ),
    "607": Rule(Verdict.QUOTA, "Marketo's daily quota of API calls is used up."),
    "608": _UNCERTAIN,
    "611": _UNCERTAIN,
    "614": Rule(Verdict.REFUSED, "Marketo says the subscription is not valid.", 60),
    "615": Rule(
        Verdict.REFUSED, "Marketo's limit of concurrent calls is reached.", everyone_rests=(1, 4)
    ),
    "702": Rule(Verdict.EMPTY),
    "713": _UNCERTAIN,
    "719": Rule(Verdict.REFUSED),
    "1014": _UNCERTAIN,
    "1016": Rule(Verdict.REFUSED, "Too many imports are queued in Marketo.", 120),
    "1019": Rule(Verdict.REFUSED, retry_after=60),
    "1022": Rule(Verdict.REFUSED),
}

# 1029 has three meanings, told apart by the message alone; the last is the usual one.
_EXPORT_RULES: tuple[tuple[str, Rule], ...] = (
    ("daily quota", Rule(Verdict.QUOTA, "Marketo's daily quota of exported megabytes is used up.")),
    ("already queued", Rule(Verdict.EMPTY)),
    ("", Rule(Verdict.REFUSED, "Too many export jobs are queued in Marketo.", 60)),
)


def rule_for(code: str, message: str) -> Rule:
    """The rule for a code; one that the table does not know is permanent, with Marketo's words."""
    if code == "1029":
        lowered = message.lower()
        return next(rule for needle, rule in _EXPORT_RULES if needle in lowered)
    return _RULES.get(code, _PERMANENT)


def code_of_status(status: int) -> str:
    """The code whose rule holds for an HTTP status without a readable body."""
    return {401: "601", 403: "603", 429: "606"}.get(status, str(status))
