"""Two ways to let the network work while the database does. Threads never touch the database."""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CALLS_IN_FLIGHT = 7


def in_order(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int = CALLS_IN_FLIGHT
) -> Iterator[tuple[Item, Result]]:
    """Call `function` for several items at a time, and yield each result in the items' order.

    Items are taken as late as possible: whoever stops giving them still gets every result.
    """
    pool = ThreadPoolExecutor(workers)
    pending: deque[tuple[Item, Future[Result]]] = deque()
    try:
        for item in items:
            pending.append((item, pool.submit(function, item)))
            if len(pending) == 2 * workers:
                first, future = pending.popleft()
                yield first, future.result()
        for first, future in pending:
            yield first, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def without_cycles() -> Iterator[None]:
    """Leave it to reference counts to free rows, of which there are millions and none in cycles.

    Looking for cycles among them would take a fourth of the time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def quick_turns() -> Iterator[None]:
    """Let threads take turns ten times as often: who waited for the database goes on at once.

    Else it would wait for as long again while another thread reads ahead.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class Prefetched(Generic[Item]):
    """Runs an iterator in a thread of its own, a little ahead of who consumes it."""

    def __init__(self, iterator: Iterator[Item], *, ahead: int = 2) -> None:
        self._iterator = iterator
        self._queue: Queue[Item | BaseException | None] = Queue(ahead)
        self._left = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return self._items()

    def __exit__(self, *_: object) -> None:
        """Let the thread see that nobody listens, and wait until it has closed its download."""
        self._left.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except Empty:
                continue

    def _items(self) -> Iterator[Item]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _run(self) -> None:
        try:
            with closing(self._iterator) as items:  # type: ignore[type-var]
                for item in items:
                    self._queue.put(item)
                    if self._left.is_set():
                        return
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            self._queue.put(error)
        else:
            self._queue.put(None)
