"""Salesforce's record ids: 15 characters that tell case apart, or 18 that need not."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_CHECK_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BARE_LENGTH = 15


def is_id(text: str) -> bool:
    return _SHAPE.fullmatch(text) is not None


def to_18(record_id: str) -> str:
    """The id with its check characters: one for each five, whose bits say which are upper case."""
    if len(record_id) != _BARE_LENGTH:
        return record_id
    parts = (record_id[begin : begin + 5] for begin in (0, 5, 10))
    return record_id + "".join(_check_character(part) for part in parts)


def _check_character(part: str) -> str:
    bits = sum(1 << place for place, letter in enumerate(part) if "A" <= letter <= "Z")
    return _CHECK_CHARACTERS[bits]
