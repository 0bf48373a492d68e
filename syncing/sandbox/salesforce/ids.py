"""Salesforce ids: which object they belong to, and their two lengths."""

from __future__ import annotations

import re

from syncing.sandbox.marketo.salesforce_ids import ALPHABET, checksum

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
# What records made in this org have after their object's prefix.
_POD = "5g0000N"


def is_id(text: object) -> bool:
    return isinstance(text, str) and bool(_SHAPE.match(text))


def to18(text: str) -> str:
    """The long form; the short one tells upper from lower case."""
    return text if len(text) == 18 else text + checksum(text)  # noqa: PLR2004 - the long form


def new_id(prefix: str, number: int) -> str:
    """The id of the org's own record `number` of an object; later ones sort behind."""
    letters = []
    for _ in range(5):
        number, digit = divmod(number, 62)
        letters.append(ALPHABET[digit])
    fifteen = prefix + _POD + "".join(reversed(letters))
    return fifteen + checksum(fifteen)
