"""Company names and mail domains by number, without a table of them in memory."""

from __future__ import annotations

from syncing.sandbox.marketo.vocabulary import (
    COMPANY_HEADS,
    COMPANY_TAILS,
    CULTURES,
    INDUSTRIES,
    LEGAL_FORMS,
    to_ascii,
)

_FAMILIES = [name for culture in CULTURES[:8] for name in culture.last]
_ENDINGS = ("com", "com", "com", "io", "net", "org", "co.uk", "de", "fr", "eu", "ai")
_MASK = (1 << 64) - 1


def _mixed(number: int) -> int:
    """A fixed scramble of the number (splitmix64), from which all choices are taken."""
    value = (number * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def company_name(number: int) -> str:
    bits = _mixed(number)
    industry = INDUSTRIES[(bits >> 8) % len(INDUSTRIES)]
    form = LEGAL_FORMS[(bits >> 16) % len(LEGAL_FORMS)]
    if bits % 8 == 0:
        family = _FAMILIES[(bits >> 24) % len(_FAMILIES)].text
        partner = _FAMILIES[(bits >> 40) % len(_FAMILIES)].text
        return f"{family} & {partner} {industry}{form}"
    if bits % 8 == 1:
        return f"{_FAMILIES[(bits >> 24) % len(_FAMILIES)].text} {industry}{form}"
    return f"{_coined(bits)} {industry}{form}"


def company_domain(number: int) -> str:
    bits = _mixed(number)
    ending = _ENDINGS[(bits >> 16) % len(_ENDINGS)]
    if bits % 8 in {0, 1}:
        family = _FAMILIES[(bits >> 24) % len(_FAMILIES)].ascii
        return f"{family}-{to_ascii(INDUSTRIES[(bits >> 8) % len(INDUSTRIES)])}.{ending}"
    return f"{_coined(bits).lower()}.{ending}"


def _coined(bits: int) -> str:
    head = COMPANY_HEADS[(bits >> 24) % len(COMPANY_HEADS)]
    return head + COMPANY_TAILS[(bits >> 40) % len(COMPANY_TAILS)]
