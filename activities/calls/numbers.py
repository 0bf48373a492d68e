"""Phone numbers as people write them, as we show them, and as a phone dials them."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat


class Number(NamedTuple):
    """`text` is in international form when the number could be read, else as it was entered."""

    text: str
    # For `tel:` links; empty when there is nothing to dial.
    link: str
    is_readable: bool


def read_number(text: str, *, region: str) -> Number:
    """`region` is the ISO 3166 code of the country of a number without a prefix."""
    text = text.strip()
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return Number(text, _dialled(text), is_readable=False)
    if not phonenumbers.is_valid_number(number):
        return Number(text, _dialled(text), is_readable=False)
    return Number(
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
        is_readable=True,
    )


def e164(text: str, *, region: str) -> str:
    """As providers want it: `+14155550100`; empty for what is no number."""
    if not read_number(text, region=region).is_readable:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(text, region), PhoneNumberFormat.E164)


def _dialled(text: str) -> str:
    """What a phone can dial of a text that is no number: an extension, a short code."""
    dialled = re.sub(r"[^0-9+*#]", "", text, flags=re.ASCII)
    return f"tel:{dialled}" if dialled else ""
