"""Several requests in one: composite, where later ones use earlier ones' results, and batch."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncing.sandbox.marketo.envelope import Reply
from syncing.sandbox.salesforce.call import Call
from syncing.sandbox.salesforce.errors import Result, SalesforceError, parser_error
from syncing.sandbox.salesforce.request import ApiRequest

REQUESTS_MAX = 25
_REFERENCE = re.compile(r"@\{(?P<id>\w+)\.(?P<path>[\w.\[\]]+)\}")
_STEP = re.compile(r"\w+")
# Carries out one request inside the call.
Perform = Callable[[Call, ApiRequest], Reply]


def composite(call: Call, request: ApiRequest, perform: Perform) -> Result:
    """POST composite"""
    content = request.json_object()
    parts = _parts(content, "compositeRequest", needs=("method", "url", "referenceId"))
    answers: list[dict[str, Any]] = []
    with call.all_or_nothing() as attempt:
        for part in parts:
            answers.append(_answer(call, part, answers, perform))
            if content.get("allOrNone") is True and _is_error(answers[-1]["httpStatusCode"]):
                attempt.give_up()
                break
    if attempt.is_given_up:
        failed = len(answers) - 1
        answers = [
            answers[failed] if place == failed else _halted(part)
            for place, part in enumerate(parts)
        ]
    return Result(200, {"compositeResponse": answers})


def batch(call: Call, request: ApiRequest, perform: Perform) -> Result:
    """POST composite/batch"""
    results = []
    for part in _parts(request.json_object(), "batchRequests", needs=("method", "url")):
        path = "/services/data/" + part["url"].lstrip("/")
        reply = perform(call, _request(part["method"], path, part.get("richInput")))
        results.append({"statusCode": reply.status, "result": _content(reply)})
    has_errors = any(_is_error(result["statusCode"]) for result in results)
    return Result(200, {"hasErrors": has_errors, "results": results})


def _is_error(status: int) -> bool:
    return status >= 400  # noqa: PLR2004 - HTTP's failures


def _parts(content: dict[str, Any], name: str, *, needs: tuple[str, ...]) -> list[dict[str, Any]]:
    parts = content.get(name)
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise parser_error(f"Cannot deserialize instance of list: {name}")
    if not all(isinstance(part.get(need), str) for part in parts for need in needs):
        raise parser_error(f"Every one of {name} needs {', '.join(needs)}")
    if len(parts) > REQUESTS_MAX:
        message = f"{name} cannot hold more than {REQUESTS_MAX} requests"
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)
    return parts


def _answer(
    call: Call, part: dict[str, Any], answers: list[dict[str, Any]], perform: Perform
) -> dict[str, Any]:
    filled = json.loads(_REFERENCE.sub(lambda it: _value(it, answers), json.dumps(part)))
    reply = perform(call, _request(filled["method"], filled["url"], filled.get("body")))
    return {
        "body": _content(reply),
        "httpHeaders": {},
        "httpStatusCode": reply.status,
        "referenceId": part["referenceId"],
    }


def _value(found: re.Match[str], answers: list[dict[str, Any]]) -> str:
    """What an earlier answer says at a path such as `records[0].Id`."""
    value = next((item["body"] for item in answers if item["referenceId"] == found["id"]), None)
    for step in _STEP.findall(found["path"]):
        try:
            value = value[int(step)] if step.isdigit() else value[step]  # type: ignore[index]
        except (IndexError, KeyError, TypeError):
            raise SalesforceError(
                400, "PROCESSING_HALTED", f"Invalid reference specified: {found[0]}"
            ) from None
    return str(value)


def _halted(part: dict[str, Any]) -> dict[str, Any]:
    message = "The transaction was rolled back since another operation in the same one failed."
    return {
        "body": [{"errorCode": "PROCESSING_HALTED", "message": message}],
        "httpHeaders": {},
        "httpStatusCode": 400,
        "referenceId": part["referenceId"],
    }


def _request(method: str, url: str, body: Any) -> ApiRequest:
    parts = urlsplit(url)
    content = b"" if body is None else json.dumps(body).encode()
    params = parse_qs(parts.query, keep_blank_values=True)
    return ApiRequest(method, parts.path, params, {}, content)


def _content(reply: Reply) -> Any:
    return json.loads(reply.body) if reply.body else None
