"""One budget of calls for a whole Marketo instance, shared by every process through Redis."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from syncing.errors import QuotaExhausted, Transient
from syncing.marketo.central_time import marketo_day, quota_resets_at
from syncing.marketo.leases import Heartbeat

_ACQUIRE = (Path(__file__).parent / "acquire.lua").read_text()
_BACKGROUND_SHARE = 0.8
# One call in thirty and one slot in flight stay free for somebody who waits in front of a page.
_KEPT_CALLS = 30
_KEPT_SLOTS = 1
# So often within a lease it is renewed.
_BEATS = 4
# A freed slot wakes who waits for it; this is how long a lost wake-up may go unnoticed.
_LONGEST_NAP = 1.0


class Priority(Enum):
    BACKGROUND = "background"
    INTERACTIVE = "interactive"


@dataclass(frozen=True, slots=True)
class BudgetStatus:
    """Where the budget stands. `own_calls_today` are ours, `calls_today` are everybody's."""

    calls_in_window: int
    in_flight: int
    own_calls_today: int
    calls_today: int
    daily_cap: int
    background_cap: int
    resets_at: datetime
    resting_until: datetime | None
    exhausted_until: datetime | None


class CallBudget:
    """At most `calls` a moving window, `in_flight` at once, and `daily_cap` a day in US Central.

    Background work stops at 80 % of the day's cap; interactive calls may use all of it.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        instance: str,
        daily_cap: int = 50_000,
        calls: int = 90,
        window_seconds: float = 20,
        in_flight: int = 8,
        lease_seconds: float = 10,
    ) -> None:
        self._redis = redis
        self._name = f"marketo:{{{instance}}}"
        self._daily_cap = daily_cap
        self._calls = calls
        self._window = window_seconds
        self._in_flight = in_flight
        self._lease = lease_seconds
        self._heartbeat = Heartbeat(self._renew, every=lease_seconds / _BEATS)
        self._acquire = redis.register_script(_ACQUIRE)

    @contextmanager
    def slot(self, *, priority: Priority, patience: float) -> Iterator[str]:
        """Hold one of the slots in flight, after waiting for it no longer than `patience` seconds.

        A slot is a lease that is renewed until it is given back; a process that dies gives it
        back in `lease_seconds`. Raises QuotaExhausted when there is nothing to wait for today,
        Transient when the wait is longer than the patience.
        """
        slot_id = uuid.uuid4().hex
        with _redis_must_answer():
            self._wait_for(slot_id, priority, patience)
        self._heartbeat.hold(slot_id)
        try:
            yield slot_id
        finally:
            self._heartbeat.let_go(slot_id)
            self._release(slot_id)

    def rest(self, seconds: float) -> None:
        """Nobody calls for so long; what other integrations do may have used up the limit."""
        with _redis_must_answer():
            self._pause("rest", self._now().timestamp() + seconds)

    def stop_until_reset(self) -> datetime:
        """Nobody calls until Marketo's daily quota is new; returns when that is."""
        with _redis_must_answer():
            resets_at = quota_resets_at(self._now())
            self._pause("quota", resets_at.timestamp())
        return resets_at

    def resume(self) -> None:
        """Lift every pause, as when an admin knows that the quota was raised."""
        with _redis_must_answer():
            self._redis.delete(self._key("pauses"))

    def observe(self, day: date, calls: int) -> None:
        """Take in what Marketo itself has counted on a day, other integrations' calls among it."""
        with _redis_must_answer():
            key = self._key(f"day:{day}")
            others = calls - _number(self._redis.hget(key, "own"))
            self._redis.hset(key, "others", str(max(0, others)))
            self._redis.expire(key, 8 * 24 * 3600)

    def quota_resets_at(self) -> datetime:
        with _redis_must_answer():
            return quota_resets_at(self._now())

    def status(self) -> BudgetStatus:
        with _redis_must_answer():
            now = self._now()
            pipe = self._redis.pipeline()
            pipe.zcount(self._key("calls"), f"({_ms(now.timestamp() - self._window)}", "+inf")
            pipe.zcount(self._key("slots"), f"({_ms(now.timestamp())}", "+inf")
            pipe.hmget(self._day_key(now), ["own", "others"])
            pipe.zscore(self._key("pauses"), "rest")
            pipe.zscore(self._key("pauses"), "quota")
            recent, in_flight, (own, others), rest, quota = pipe.execute()
        return BudgetStatus(
            calls_in_window=recent,
            in_flight=in_flight,
            own_calls_today=_number(own),
            calls_today=_number(own) + _number(others),
            daily_cap=self._daily_cap,
            background_cap=self._most_today(Priority.BACKGROUND),
            resets_at=marketo_day(now).ends,
            resting_until=_if_later(rest, now),
            exhausted_until=_if_later(quota, now),
        )

    def _renew(self, slot_ids: Collection[str]) -> None:
        """Lease slots anew; one whose lease has run out is still in flight and comes back."""
        until = _ms(self._now().timestamp() + self._lease)
        pipe = self._redis.pipeline()
        pipe.zadd(self._key("slots"), dict.fromkeys(slot_ids, until))
        pipe.pexpire(self._key("slots"), _ms(2 * self._lease))
        pipe.execute()

    def _wait_for(self, slot_id: str, priority: Priority, patience: float) -> None:
        deadline = time.monotonic() + patience
        now = self._now()
        while True:
            verdict, number = self._try(slot_id, priority, now)
            if verdict == "go":
                return
            if verdict == "day":
                now = _moment(number)
                continue
            self._stop_if_exhausted(verdict, number, now)
            wait = number / 1000
            left = deadline - time.monotonic()
            if left <= 0 or (verdict == "wait" and wait > left):
                raise Transient("Too many calls to Marketo are waiting.", retry_after=wait)
            if verdict == "slot":
                self._nap(priority, min(wait, left, _LONGEST_NAP))
            else:
                time.sleep(wait)

    def _try(self, slot_id: str, priority: Priority, now: datetime) -> tuple[str, int]:
        kept = priority is Priority.BACKGROUND
        day = marketo_day(now)
        verdict, number = cast(
            "tuple[bytes | str, int]",
            self._acquire(
                keys=[
                    self._key("calls"),
                    self._key("slots"),
                    self._key("pauses"),
                    self._day_key(now),
                ],
                args=[
                    slot_id,
                    _ms(self._window),
                    self._calls - (self._calls // _KEPT_CALLS if kept else 0),
                    _ms(self._lease),
                    max(1, self._in_flight - (_KEPT_SLOTS if kept else 0)),
                    _ms(day.starts.timestamp()),
                    _ms(day.ends.timestamp()),
                    self._most_today(priority),
                ],
            ),
        )
        return verdict.decode() if isinstance(verdict, bytes) else verdict, number

    def _stop_if_exhausted(self, verdict: str, number: int, now: datetime) -> None:
        if verdict == "quota":
            raise QuotaExhausted(
                "Marketo's daily quota of API calls is used up.",
                resets_at=_moment(number),
                code="607",
            )
        if verdict == "cap":
            raise QuotaExhausted(
                f"{number} of {self._daily_cap} API calls of the daily cap are used.",
                resets_at=marketo_day(now).ends,
            )

    def _most_today(self, priority: Priority) -> int:
        share = _BACKGROUND_SHARE if priority is Priority.BACKGROUND else 1
        return int(self._daily_cap * share)

    def _nap(self, priority: Priority, seconds: float) -> None:
        """Sleep until a slot is given back, or for so long."""
        self._redis.blpop([self._key(f"freed:{priority.value}")], timeout=seconds)

    def _release(self, slot_id: str) -> None:
        pipe = self._redis.pipeline()
        pipe.zrem(self._key("slots"), slot_id)
        for priority in Priority:
            freed = self._key(f"freed:{priority.value}")
            pipe.lpush(freed, "1")
            pipe.ltrim(freed, 0, self._in_flight - 1)
            pipe.pexpire(freed, _ms(2 * _LONGEST_NAP))
        with suppress(RedisError):  # the lease runs out by itself
            pipe.execute()

    def _pause(self, kind: str, until: float) -> None:
        self._redis.zadd(self._key("pauses"), {kind: _ms(until)}, gt=True)
        self._redis.expire(self._key("pauses"), 2 * 24 * 3600)

    def _now(self) -> datetime:
        seconds, microseconds = self._redis.time()
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)

    def _key(self, name: str) -> str:
        return f"{self._name}:{name}"

    def _day_key(self, now: datetime) -> str:
        return self._key(f"day:{marketo_day(now).date}")


@contextmanager
def _redis_must_answer() -> Iterator[None]:
    """Without the budget nobody may call."""
    try:
        yield
    except RedisError as error:
        raise Transient("The call budget in Redis cannot be reached.") from error


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _number(stored: Any) -> int:
    return int(stored or 0)


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _if_later(score: float | None, now: datetime) -> datetime | None:
    return _moment(score) if score and score > _ms(now.timestamp()) else None
