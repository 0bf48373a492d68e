"""A request to the data API as its handlers see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from syncing.sandbox.salesforce.errors import parser_error


@dataclass(frozen=True)
class ApiRequest:
    """Method, path below the version, and parameters; `values` is what the route found."""

    method: str
    path: str
    params: Mapping[str, list[str]]
    # By lower-case name.
    headers: Mapping[str, str]
    body: bytes = b""
    values: Mapping[str, str] = field(default_factory=dict)

    def param(self, name: str) -> str | None:
        values = self.params.get(name)
        return values[0] if values else None

    def json_object(self) -> dict[str, Any]:
        if not isinstance(self._json, dict):
            raise parser_error("Unexpected character at the start of the body: expected an object")
        return self._json

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise parser_error(f"Unexpected content in the body: {error}") from None
