"""Asking a running sandbox for what its control pages offer."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CONTROL_SECONDS = 120


class SandboxError(Exception):
    """The sandbox refused a control request."""


class Controls:
    """The control API below one address."""

    def __init__(self, url: str) -> None:
        self._url = url

    def read(self, what: str) -> Any:
        return json.loads(self.bytes(what))

    def bytes(self, what: str) -> bytes:
        return _load(Request(f"{self._url}/{what}"))  # noqa: S310 - our own process

    def do(self, verb: str, **body: Any) -> Any:
        """Ask for one change and return what the sandbox says."""
        request = Request(  # noqa: S310 - our own process
            f"{self._url}/{verb}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        return json.loads(_load(request))


def _load(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=CONTROL_SECONDS) as response:  # noqa: S310
            content: bytes = response.read()
            return content
    except HTTPError as error:
        raise SandboxError(error.read().decode()) from None
