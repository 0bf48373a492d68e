"""What Marketo answers: the JSON envelope, its errors, and files."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JSON_TYPE = "application/json;charset=UTF-8"
TEXT_TYPE = "text/plain;charset=UTF-8"

_request_numbers: Iterator[int] = itertools.count(0x1000)


class MarketoError(Exception):
    """Fails the whole request: HTTP 200 with `success: false` and this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Answer:
    """A successful result. `result` is JSON text; None leaves the key out."""

    result: str | None = None
    next_page_token: str | None = None
    more_result: bool | None = None


@dataclass(frozen=True)
class FileAnswer:
    """A slice of a file on disk; `partial` makes it a 206."""

    path: Path
    start: int
    length: int
    size: int
    partial: bool

    @property
    def status(self) -> int:
        return 206 if self.partial else 200


@dataclass(frozen=True)
class Reply:
    """Finished bytes for the wire."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class NoAnswer:
    """The connection breaks instead."""


def answer(result: Any, **rest: Any) -> Answer:
    """Answer with a Python value as the result."""
    return Answer(json.dumps(result, ensure_ascii=False), **rest)


def plain_text(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), TEXT_TYPE)


def new_request_id() -> str:
    return f"{next(_request_numbers):x}#{time.time_ns() // 1_000_000:x}"


def success_reply(found: Answer) -> Reply:
    request_id = new_request_id()
    parts = [f'"requestId":"{request_id}","success":true']
    if found.result is not None:
        parts.append(f'"result":{found.result}')
    if found.next_page_token is not None:
        parts.append(f'"nextPageToken":"{found.next_page_token}"')
    if found.more_result is not None:
        parts.append(f'"moreResult":{json.dumps(found.more_result)}')
    return Reply(200, f"{{{','.join(parts)}}}".encode(), request_id=request_id)


def error_reply(code: str, message: str) -> Reply:
    request_id = new_request_id()
    envelope = {
        "requestId": request_id,
        "success": False,
        "errors": [{"code": code, "message": message}],
    }
    body = json.dumps(envelope, ensure_ascii=False).encode()
    return Reply(200, body, code=code, request_id=request_id)
