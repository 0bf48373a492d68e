import threading

import pytest

from syncing.people_sync.threads import Prefetched, in_order


def test_results_come_in_the_order_of_the_items():
    barrier = threading.Barrier(3, timeout=10)

    def slow(number):
        if number < 3:
            barrier.wait()
        return number * 2

    assert list(in_order(slow, range(20), workers=3)) == [(n, n * 2) for n in range(20)]


def test_an_error_comes_up_where_its_result_would():
    def fail(number):
        if number == 2:
            raise ValueError(number)
        return number

    results = in_order(fail, range(10), workers=2)
    assert [next(results), next(results)] == [(0, 0), (1, 1)]
    with pytest.raises(ValueError, match="2"):
        next(results)


def test_items_are_taken_as_late_as_possible():
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(str, items(), workers=2)
    next(results)
    assert len(taken) == 4
    results.close()


def test_prefetched_items_arrive_in_order():
    with Prefetched(number for number in range(50)) as items:
        assert list(items) == list(range(50))


def test_an_error_while_fetching_is_raised_to_the_consumer():
    def broken():
        yield 1
        raise ValueError("broken")

    with Prefetched(broken()) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_a_consumer_that_leaves_closes_the_source():
    closed = threading.Event()

    def source():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    with Prefetched(source()) as items:
        next(items)
    assert closed.is_set()
