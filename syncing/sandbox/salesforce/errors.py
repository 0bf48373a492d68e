"""What the API refuses, as it says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from syncing.sandbox.marketo.envelope import Reply


class SalesforceError(Exception):
    """Fails a request, or one record of a collection."""

    def __init__(
        self, status: int, code: str, message: str, fields: Sequence[str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def as_reply(self) -> Reply:
        item: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            item["fields"] = list(self.fields)
        return Reply(self.status, json.dumps([item]).encode(), code=self.code)

    def as_row(self) -> dict[str, Any]:
        """The result of a record in a collection, which names the code otherwise."""
        error = {
            "statusCode": self.code,
            "message": self.message,
            "fields": list(self.fields or ()),
        }
        return {"success": False, "errors": [error]}


@dataclass(frozen=True)
class Result:
    """A successful answer. `value` becomes JSON; None is no body at all."""

    status: int
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def as_reply(self) -> Reply:
        body = b"" if self.value is None else json.dumps(self.value, ensure_ascii=False).encode()
        return Reply(self.status, body, headers=self.headers)


def invalid_field(name: str, object_name: str) -> SalesforceError:
    message = f"No such column '{name}' on sobject of type {object_name}"
    return SalesforceError(400, "INVALID_FIELD", message)


def malformed_query(message: str) -> SalesforceError:
    return SalesforceError(400, "MALFORMED_QUERY", message)


def parser_error(message: str) -> SalesforceError:
    return SalesforceError(400, "JSON_PARSER_ERROR", message)


def not_found(message: str = "The requested resource does not exist") -> SalesforceError:
    return SalesforceError(404, "NOT_FOUND", message)
