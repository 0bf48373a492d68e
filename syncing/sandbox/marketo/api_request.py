"""An API request as the handlers see it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncing.sandbox.marketo.envelope import MarketoError

PAGE = 300
_VARYING = re.compile(r"(?<=/export/)[^/]+(?=/)|(?<=/external/type/)[^/]+|(?<=/lead/)\d+")
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """Method, path and parameters after the `_method=GET` override, plus the body."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    # By lower-case name.
    headers: Mapping[str, str]
    body: bytes = b""
    # What the route's pattern found in the path.
    path_values: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The path with what varies in it taken out: what calls are counted by."""
        return _VARYING.sub("*", self.path)

    def text(self, name: str) -> str | None:
        values = self.params.get(name)
        return values[0] if values and values[0] else None

    def required_text(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            raise MarketoError("1002", f"Missing value for required parameter '{name}'")
        return text

    def values(self, name: str, *, at_most: int) -> list[str]:
        """A list, given with commas, repeated, or both."""
        values = [
            value.strip()
            for text in self.params.get(name, ())
            for value in text.split(",")
            if value.strip()
        ]
        if len(values) > at_most:
            raise MarketoError("1003", f"The number of {name} exceeds the limit of {at_most}")
        return values

    def numbers(self, name: str, *, at_most: int) -> list[int]:
        return [to_int(name, value) for value in self.values(name, at_most=at_most)]

    def page_size(self) -> int:
        size = to_int("batchSize", self.text("batchSize") or str(PAGE))
        return max(1, min(size, PAGE))

    def moment(self, name: str) -> str:
        return to_stamp(name, self.required_text(name))

    def json_object(self) -> dict[str, Any]:
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise MarketoError("612", "Invalid Content Type")
        try:
            content = json.loads(self.body)
        except ValueError:
            raise MarketoError("609", "Invalid JSON") from None
        if not isinstance(content, dict):
            raise MarketoError("609", "Invalid JSON")
        return content


def parse_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    parts = urlsplit(target)
    params = parse_qs(parts.query, keep_blank_values=True)
    if method == "POST" and params.get("_method") == ["GET"]:
        method = "GET"
        if headers.get("content-type", "").startswith(FORM_TYPE):
            params |= parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    return Request(method, parts.path, params, headers, body)


def to_int(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise MarketoError(
            "1001", f"Invalid value '{value}'. Required of type 'Integer' for '{name}'"
        ) from None


def to_stamp(name: str, value: Any) -> str:
    """An ISO 8601 moment with its zone, as UTC in whole seconds."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise MarketoError("1003", f"Invalid date time '{value}' for '{name}'") from None
    if moment.tzinfo is None:
        raise MarketoError("1003", f"Date time '{value}' for '{name}' has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
