"""What Marketo wraps every answer in (doc: error-codes.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from syncing.marketo.faults import NONSENSE, code_of_status


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer taken apart. A `code` means failure; `more` is None where Marketo is silent."""

    code: str
    message: str
    request_id: str
    rows: list[Any]
    next_token: str
    more: bool | None


def read_envelope(response: requests.Response, *, may_omit_result: bool) -> Envelope:
    """Never raises: a body that cannot be read is a failure like any other.

    Failures come with HTTP 200, and any body may be empty. A success without `result` is one only
    where that is how Marketo says "no rows"; elsewhere whoever was asked for would seem deleted.
    """
    body = _json_object(response)
    code, message = _failure(response, body, may_omit_result=may_omit_result)
    return Envelope(
        code=code,
        message=message,
        request_id=str(body.get("requestId", "")),
        rows=body.get("result") or [],
        next_token=body.get("nextPageToken") or "",
        more=body.get("moreResult"),
    )


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(
    response: requests.Response, body: dict[str, Any], *, may_omit_result: bool
) -> tuple[str, str]:
    match body:
        case {"success": True, "result": [*_]}:
            return "", ""
        case {"success": True} if may_omit_result:
            return "", ""
        case {"errors": [{"code": code, **rest}, *_]}:
            return str(code), str(rest.get("message", ""))
    if response.status_code == requests.codes.ok:
        return NONSENSE, ""
    return code_of_status(response.status_code), f"HTTP {response.status_code}"
