"""Access tokens from the identity service (doc: authentication.md)."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field

import requests

from syncing.errors import Misconfigured, SyncError, Transient
from syncing.marketo.credentials import Credentials
from syncing.marketo.network import describe_failure, until

_MARGIN = 60.0
_CONNECT_TIMEOUT = 10.0
_READ_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    good_until: float


class TokenCache:
    """The tokens of this process, by credentials: a changed secret never finds the old token."""

    def __init__(self) -> None:
        self._locks: dict[Credentials, threading.Lock] = {}
        self._tokens: dict[Credentials, _Token] = {}

    def get(
        self, session: requests.Session, credentials: Credentials, deadline: float = math.inf
    ) -> str:
        """A token that is good for a while; asks the identity service when there is none."""
        with self._lock_of(credentials):
            token = self._tokens.get(credentials)
            if token is None or token.good_until <= time.monotonic():
                token = _request_token(session, credentials, deadline)
                self._tokens[credentials] = token
            return token.value

    def renew(self, session: requests.Session, credentials: Credentials) -> None:
        """Ask the identity service in any case, so that credentials gone bad show."""
        with self._lock_of(credentials):
            self._tokens.pop(credentials, None)
            self._tokens[credentials] = _request_token(session, credentials, math.inf)

    def forget(self, credentials: Credentials, rejected: str) -> None:
        """Drop a token that Marketo refused, unless another thread has a newer one by now."""
        with self._lock_of(credentials):
            token = self._tokens.get(credentials)
            if token is not None and token.value == rejected:
                del self._tokens[credentials]

    def _lock_of(self, credentials: Credentials) -> threading.Lock:
        """One for each, so that a host which does not answer holds up nobody else."""
        return self._locks.setdefault(credentials, threading.Lock())


def _request_token(session: requests.Session, credentials: Credentials, deadline: float) -> _Token:
    asked_at = time.monotonic()
    answer = _ask(session, credentials, deadline)
    _refuse_failures(answer, credentials)
    try:
        body = answer.json()
        value, lifetime = str(body["access_token"]), float(body["expires_in"])
    except (ValueError, KeyError, TypeError):
        value, lifetime = "", 0.0
    if not value:
        raise Transient("Marketo's identity service gave an answer without a token.")
    # Until it ends the service keeps giving the same token, so near its end the margin shrinks.
    return _Token(value, asked_at + lifetime - min(_MARGIN, lifetime / 2))


def _ask(session: requests.Session, credentials: Credentials, deadline: float) -> requests.Response:
    # The secret goes into the URL, as documented; requests' exceptions carry the URL, so that
    # none of them may be the context of ours.
    failure: SyncError
    try:
        return session.get(
            f"{credentials.base_url}/identity/oauth/token",
            params={
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret,
            },
            timeout=until(deadline, _CONNECT_TIMEOUT, _READ_TIMEOUT),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        failure = Transient(describe_failure(error, credentials.base_url).words)
    raise failure


def _refuse_failures(answer: requests.Response, credentials: Credentials) -> None:
    status = answer.status_code
    if status in {400, 401}:
        raise Misconfigured(
            "Marketo does not know this client ID and secret.",
            setting="credentials",
            code=str(status),
        )
    if status == 403:  # noqa: PLR2004
        raise Misconfigured(
            "Marketo denies access from this address: check the IP restriction.",
            setting="permissions",
            code=str(status),
        )
    if 300 <= status < 500 and status != 429:  # noqa: PLR2004
        raise Misconfigured(
            f"{credentials.base_url} is not a Marketo instance.",
            setting="base_url",
            code=str(status),
        )
    if not answer.ok:
        raise Transient("Marketo's identity service is not available.", code=str(status))
