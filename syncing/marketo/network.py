"""The HTTP session: pooled, thread-safe, no redirects, no proxies, no way into private networks."""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError

from syncing.errors import Misconfigured
from syncing.marketo.credentials import may_connect

# As many as may ever be in flight, and one for the identity service.
_POOL_SIZE = 10
# No time-out at all may be zero.
_SHORTEST_TIMEOUT = 0.05


class _GuardedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        _refuse_private_names(self.host, self.port)
        return _refuse_private_peer(self.host, super()._new_conn())


class _GuardedHTTPSConnection(_GuardedHTTPConnection, HTTPSConnection):
    pass


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


class GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _GuardedHTTPPool,
            "https": _GuardedHTTPSPool,
        }


class _NoSecrets(logging.Filter):
    """urllib3 logs whole URLs when it debugs, and the identity service wants the secret in one."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "client_secret" not in record.getMessage()


logging.getLogger("urllib3.connectionpool").addFilter(_NoSecrets())


def new_session() -> requests.Session:
    session = requests.Session()
    # No proxies, and no .netrc that would replace our Authorization header.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = GuardedAdapter(pool_connections=1, pool_maxsize=_POOL_SIZE, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def until(deadline: float, connect: float, read: float) -> tuple[float, float]:
    """requests' two time-outs, cut so that neither ends after a deadline on the monotonic clock."""
    left = max(deadline - time.monotonic(), _SHORTEST_TIMEOUT)
    return min(connect, left), min(read, left)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there was no answer, in words without any URL, and whether Marketo may have heard us."""

    words: str
    may_have_arrived: bool


def describe_failure(error: requests.RequestException, base_url: str) -> Failure:
    host = urlsplit(base_url).netloc
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NameResolutionError):
        return Failure(f"There is no host named {host}.", may_have_arrived=False)
    if isinstance(error, requests.exceptions.SSLError):
        return Failure(f"The secure connection to {host} failed.", may_have_arrived=True)
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return Failure(f"{host} cannot be reached.", may_have_arrived=False)
    if isinstance(error, requests.Timeout) or "timed out" in str(reason or error):
        return Failure(f"{host} did not answer in time.", may_have_arrived=True)
    return Failure(f"The connection to {host} broke.", may_have_arrived=True)


def _refuse_private_names(host: str, port: int) -> None:
    """Look before connecting, so that not even a port can be probed."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except OSError:
        return  # connecting will say so
    for *_, address in found:
        _refuse(host, str(address[0]))


def _refuse_private_peer(host: str, connected: socket.socket) -> socket.socket:
    """Look again at what was really connected to; the name may have moved in between."""
    try:
        _refuse(host, connected.getpeername()[0])
    except (Misconfigured, OSError):
        connected.close()
        raise
    return connected


def _refuse(host: str, address: str) -> None:
    if not may_connect(host.strip("[]"), address):
        raise Misconfigured(
            "The base URL leads into a private network; only public addresses are allowed.",
            setting="base_url",
        )
