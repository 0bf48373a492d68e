"""Valid 18-character Salesforce ids."""

from __future__ import annotations

import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_CHECK = string.ascii_uppercase + "012345"
_SPACE = 62**5
# Coprime with the space, so that neighbours look unrelated and no two numbers meet.
_SCATTER = 387_420_491

LEAD = "00Q5g0000C"
CONTACT = "0035g0000D"
ACCOUNT = "0015g0000E"
OPPORTUNITY = "0065g0000F"


def checksum(fifteen: str) -> str:
    """The three characters that make a case-sensitive id safe in case-insensitive places."""
    return "".join(_checksum_of(fifteen[start : start + 5]) for start in (0, 5, 10))


def _checksum_of(five: str) -> str:
    return _CHECK[sum(1 << place for place, letter in enumerate(five) if letter.isupper())]


_PREFIX_CHECKS = {
    prefix: _checksum_of(prefix[:5]) + _checksum_of(prefix[5:])
    for prefix in (LEAD, CONTACT, ACCOUNT, OPPORTUNITY)
}


def salesforce_id(prefix: str, number: int) -> str:
    """The id of record `number` among those with this prefix."""
    rest = number * _SCATTER % _SPACE
    letters = []
    for _ in range(5):
        rest, digit = divmod(rest, 62)
        letters.append(ALPHABET[digit])
    tail = "".join(letters)
    return prefix + tail + _PREFIX_CHECKS[prefix] + _checksum_of(tail)
