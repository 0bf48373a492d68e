"""Access tokens: one at a time for the client, the same until it expires."""

from __future__ import annotations

import threading
import uuid

from syncing.sandbox.marketo.clock import Clock
from syncing.sandbox.marketo.envelope import MarketoError
from syncing.sandbox.marketo.store import Store

REMEMBERED = 20


class Tokens:
    """Issued tokens and when they expire, newest last; kept in the database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._expiries: dict[str, float] = {}

    def load(self, store: Store) -> None:
        self._expiries = store.load("tokens") or {}

    def current(self, store: Store, *, lifetime: int) -> tuple[str, int]:
        """The token to hand out and its remaining seconds."""
        with self._lock:
            now = self._clock.timestamp()
            newest = next(reversed(self._expiries), None)
            if newest is None or self._expiries[newest] <= now:
                newest = f"{uuid.uuid4()}:int"
                self._keep(store, {**self._expiries, newest: now + lifetime})
            return newest, int(self._expiries[newest] - now)

    def check(self, authorization: str | None) -> None:
        """Raise unless the Authorization header carries a token that is valid now."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise MarketoError("600", "Access token not specified")
        expires = self._expiries.get(token)
        if expires is None:
            raise MarketoError("601", "Access token invalid")
        if expires <= self._clock.timestamp():
            raise MarketoError("602", "Access token expired")

    def expire(self, store: Store) -> None:
        """Let every token have expired: the next calls get 602."""
        with self._lock:
            self._keep(store, dict.fromkeys(self._expiries, 0.0))

    def revoke(self, store: Store) -> None:
        """Forget every token: the next calls get 601."""
        with self._lock:
            self._keep(store, {})

    def _keep(self, store: Store, expiries: dict[str, float]) -> None:
        self._expiries = dict(list(expiries.items())[-REMEMBERED:])
        store.remember("tokens", self._expiries)
