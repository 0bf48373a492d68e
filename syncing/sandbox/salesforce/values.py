"""Values of fields: what JSON may say, and what the database keeps."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from syncing.sandbox.salesforce.errors import SalesforceError, parser_error
from syncing.sandbox.salesforce.fields import NUMBER_TYPES, TEXT_TYPES, Field
from syncing.sandbox.salesforce.ids import is_id, to18

STAMP = "%Y-%m-%dT%H:%M:%S.000+0000"
INT_MAX = 2**31 - 1
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}\Z")
_JSON_NAMES = {
    bool: "VALUE_TRUE",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    str: "VALUE_STRING",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}


def stored(field: Field, value: Any) -> Any:
    """What to keep for a value of the API; raises what is wrong with it."""
    if value is None:
        return 0 if field.type == "boolean" else None
    if field.type == "boolean":
        return int(value) if isinstance(value, bool) else _wrong_type(field, value)
    if field.type in NUMBER_TYPES:
        return _number(field, value)
    if not isinstance(value, str):
        return _wrong_type(field, value)
    text = value.strip()
    return _OF_TEXT.get(field.type, _text)(field, text) if text else None


def shown(field: Field, value: Any) -> Any:
    """What the API shows for what is kept."""
    return bool(value) if field.type == "boolean" else value


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(STAMP)


def parse_moment(text: str) -> datetime:
    """A date and time with its zone; raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("It has no time zone.")
    return moment


def _text(field: Field, text: str) -> str:
    if len(text) > field.length:
        raise SalesforceError(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text[:80]} (max length={field.length})",
            [field.name],
        )
    if field.type == "email" and not _EMAIL.match(text):
        message = f"{field.label}: invalid email address: {text}"
        raise SalesforceError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    if field.is_restricted and text not in {choice.value for choice in field.choices}:
        raise SalesforceError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.label}: bad value for restricted picklist field: {text}",
            [field.name],
        )
    return text


def _number(field: Field, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong_type(field, value)
    if field.type != "int":
        return float(value)
    if value != int(value):
        return _wrong_type(field, value)
    if abs(value) > INT_MAX:
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise SalesforceError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return int(value)


def _date(field: Field, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return str(_wrong_type(field, text))


def _moment(field: Field, text: str) -> str:
    try:
        return stamp(parse_moment(text))
    except ValueError:
        return str(_wrong_type(field, text))


def _reference(field: Field, text: str) -> str:
    if not is_id(text):
        message = f"{field.label}: id value of incorrect type: {text}"
        raise SalesforceError(400, "MALFORMED_ID", message, [field.name])
    return to18(text)


def _wrong_type(field: Field, value: Any) -> Any:
    wanted = "string" if field.type in TEXT_TYPES else field.type
    given = _JSON_NAMES[type(value)]
    raise parser_error(
        f"Cannot deserialize instance of {wanted} from {given} value {str(value)[:80]}"
        " or request may be missing a required field"
    )


_OF_TEXT = {"date": _date, "datetime": _moment, "reference": _reference, "id": _reference}
