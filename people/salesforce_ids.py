"""Salesforce record ids come in two forms: 15 characters, or 18 with a checksum of their case."""

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT_LENGTH = 15


def forms_of(salesforce_id: str) -> tuple[str, ...]:
    """The id as it is given, and its 15- and 18-character forms if it is one."""
    short = salesforce_id[:SHORT_LENGTH]
    if len(short) < SHORT_LENGTH:
        return (salesforce_id,)
    return (salesforce_id, short, short + _checksum(short))


def _checksum(short: str) -> str:
    """One letter for each five characters: its bits say which of them are capitals."""
    chunks = (short[start : start + 5] for start in range(0, SHORT_LENGTH, 5))
    return "".join(
        _ALPHABET[sum(1 << place for place, letter in enumerate(chunk) if "A" <= letter <= "Z")]
        for chunk in chunks
    )
