"""Leases that last as long as this process lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from redis.exceptions import RedisError


class Heartbeat:
    """Has the leases renewed that are held, from a thread that ends when there are none.

    A lease may so be short, for who is killed, and yet outlast any call.
    """

    def __init__(self, renew: Callable[[Collection[str]], None], *, every: float) -> None:
        self._renew = renew
        self._every = every
        self._held: set[str] = set()
        self._lock = threading.Lock()
        self._is_beating = False

    def hold(self, lease_id: str) -> None:
        with self._lock:
            self._held.add(lease_id)
            if not self._is_beating:
                threading.Thread(target=self._beat, name="leases", daemon=True).start()
                self._is_beating = True

    def let_go(self, lease_id: str) -> None:
        """After this the lease is not renewed any more."""
        with self._lock:
            self._held.discard(lease_id)

    def _beat(self) -> None:
        while True:
            time.sleep(self._every)
            with self._lock:
                if not self._held:
                    self._is_beating = False
                    return
                with suppress(RedisError):  # there are more beats in a lease than one
                    self._renew(self._held)
