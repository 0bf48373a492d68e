"""The HTTP session below simple-salesforce, which sets no time-outs and speaks only https."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests

from syncing.marketo.network import GuardedAdapter, new_session

# Connecting, and between two bytes; Salesforce gives a call up to ten minutes, our writes need two.
TIMEOUT = (5.0, 120.0)


def session_for(origin: str) -> requests.Session:
    """A session for one host, without proxies or cookies.

    simple-salesforce asks for https whatever the origin is. Where that is plain http, which is
    this very machine only, the adapter says so to the network.
    """
    session = new_session()
    session.mount("https://", _Adapter(origin))
    session.mount("http://", _Adapter(origin))
    return session


class _Adapter(GuardedAdapter):
    def __init__(self, origin: str) -> None:
        self._is_plain = urlsplit(origin).scheme == "http"
        self._host = urlsplit(origin).netloc
        super().__init__(max_retries=0)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        if self._is_plain and request.url:
            request.url = request.url.replace(f"https://{self._host}/", f"http://{self._host}/", 1)
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        return super().send(request, *args, **kwargs)
