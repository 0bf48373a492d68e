import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from redis import Redis

from syncing.errors import QuotaExhausted, Transient
from syncing.marketo import CallBudget, Priority
from syncing.marketo.central_time import CENTRAL

from .canned import canned_server, success

HOUR = 3_600_000
INSTANCE = "https://123-abc-456.mktorest.com"

# Takes places in the budget for some seconds from several threads, and prints when it got each,
# by Redis' clock.
CALLER = f"""
import sys, time
from concurrent.futures import ThreadPoolExecutor
from redis import Redis
from syncing.marketo import CallBudget, Priority

redis, until = Redis.from_url(sys.argv[1]), float(sys.argv[2])
budget = CallBudget(redis, instance="{INSTANCE}", calls=60, window_seconds=2)

def call(_):
    times = []
    while time.time() < until:
        with budget.slot(priority=Priority.INTERACTIVE, patience=5) as slot_id:
            times.append(redis.zscore("marketo:{{{INSTANCE}}}:calls", slot_id))
    return times

with ThreadPoolExecutor(3) as threads:
    print(*(moment for times in threads.map(call, range(3)) for moment in times))
"""


def take(budget, priority=Priority.BACKGROUND, patience=0):
    with budget.slot(priority=priority, patience=patience):
        pass


def hold(budget, priority=Priority.BACKGROUND):
    slot = budget.slot(priority=priority, patience=0)
    slot.__enter__()
    return slot


def key(name):
    return f"marketo:{{{INSTANCE}}}:{name}"


def next_midnight_in_chicago():
    tomorrow = datetime.now(CENTRAL).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), CENTRAL)


@pytest.fixture
def redis_milliseconds(redis):
    seconds, microseconds = redis.time()
    return seconds * 1000 + microseconds // 1000


def test_processes_and_threads_share_one_window_and_use_nearly_all_of_it():
    until = time.time() + 7
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER, settings.REDIS_URL, str(until)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    shares = [[float(word) for word in caller.communicate()[0].split()] for caller in callers]

    times = sorted(moment for share in shares for moment in share)
    assert all(shares)
    # The 61st call after any other comes when that one has left the window.
    assert all(later - earlier >= 2000 for earlier, later in zip(times, times[60:], strict=False))
    assert len(times) >= 0.95 * 60 * (times[-1] - times[0]) / 2000


def test_the_window_moves_with_each_call_and_the_wait_is_exact(budget_of, redis):
    budget = budget_of(calls=2, window_seconds=1)

    def taken_at():
        with budget.slot(priority=Priority.INTERACTIVE, patience=5) as slot_id:
            return redis.zscore(key("calls"), slot_id)

    first, second, third, fourth = (taken_at() for _ in range(4))

    assert 1000 <= third - first < 1200
    assert 1000 <= fourth - second < 1200


def test_a_wait_longer_than_the_patience_is_refused_at_once_and_says_how_long(budget_of):
    budget = budget_of(calls=1)
    take(budget)
    started = time.monotonic()

    with pytest.raises(Transient) as refusal:
        take(budget, patience=5)

    assert 19 < refusal.value.retry_after <= 20
    assert time.monotonic() - started < 1


def test_background_work_leaves_calls_and_a_slot_to_people_who_wait(budget_of):
    budget = budget_of()
    for _ in range(87):
        take(budget)
    with pytest.raises(Transient):
        take(budget)
    for _ in range(3):
        take(budget, Priority.INTERACTIVE)
    with pytest.raises(Transient):
        take(budget, Priority.INTERACTIVE)


def test_no_more_than_the_slots_are_in_flight_one_of_them_for_people(budget_of):
    budget = budget_of(in_flight=3)
    slots = [hold(budget), hold(budget)]
    with pytest.raises(Transient):
        take(budget)
    slots.append(hold(budget, Priority.INTERACTIVE))
    with pytest.raises(Transient):
        take(budget, Priority.INTERACTIVE)
    assert budget.status().in_flight == 3

    for slot in slots:
        slot.__exit__(None, None, None)

    assert budget.status().in_flight == 0


def test_a_freed_slot_goes_to_who_waits_without_delay(budget_of, redis):
    budget = budget_of(in_flight=2)
    held = hold(budget)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(take, budget, patience=20)
        while not any(client["cmd"] == "blpop" for client in redis.client_list()):
            assert not waiting.done()
        freed_at = time.monotonic()
        held.__exit__(None, None, None)
        waiting.result(timeout=5)

    assert time.monotonic() - freed_at < 0.5


def test_a_killed_process_gives_its_slot_back_within_seconds(budget_of):
    program = (
        "import os, sys\n"
        "from redis import Redis\n"
        "from syncing.marketo import CallBudget, Priority\n"
        f"budget = CallBudget(Redis.from_url(sys.argv[1]), instance='{INSTANCE}', in_flight=1,\n"
        "    lease_seconds=float(sys.argv[2]))\n"
        "budget.slot(priority=Priority.BACKGROUND, patience=0).__enter__()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, settings.REDIS_URL, "0.5"], check=False)

    take(budget_of(in_flight=1), patience=2)


def test_a_process_killed_amid_a_call_blocks_nobody_for_more_than_ten_seconds(budget_of):
    program = (
        "import sys\n"
        "from redis import Redis\n"
        "from syncing.marketo import CallBudget, Credentials, MarketoClient\n"
        "budget = CallBudget(Redis.from_url(sys.argv[1]), instance=sys.argv[2], in_flight=1)\n"
        "client = MarketoClient(Credentials(sys.argv[2], 'client-id', 'secret'), budget)\n"
        "client.leads('id', [1], ['id'])\n"
    )
    heard, over = threading.Event(), threading.Event()

    def answer_never():
        heard.set()
        over.wait(30)
        return success()

    with canned_server(answer_never) as server:
        budget = budget_of(server.base_url, in_flight=1)
        arguments = [sys.executable, "-c", program, settings.REDIS_URL, server.base_url]
        with subprocess.Popen(arguments, stderr=subprocess.DEVNULL) as caller:
            assert heard.wait(20)
            caller.kill()
        with pytest.raises(Transient) as refusal:
            take(budget)
        over.set()

    assert refusal.value.retry_after <= 10


def test_a_slot_is_held_for_longer_than_its_lease(budget_of):
    budget = budget_of(in_flight=1, lease_seconds=1)
    held = hold(budget)
    with pytest.raises(Transient):
        take(budget, patience=2)

    held.__exit__(None, None, None)

    take(budget)


def test_a_slot_that_was_lost_although_held_comes_back(budget_of, redis):
    budget = budget_of(in_flight=1, lease_seconds=1)
    held = hold(budget)
    redis.delete(key("slots"))  # as a clock that jumps ahead does

    deadline = time.monotonic() + 5
    while not budget.status().in_flight:
        assert time.monotonic() < deadline
    with pytest.raises(Transient):
        take(budget, patience=2)
    held.__exit__(None, None, None)


def test_the_thread_that_renews_slots_ends_when_none_is_held_and_starts_again(budget_of):
    budget = budget_of(lease_seconds=0.4)
    for _ in range(2):
        before = set(threading.enumerate())
        take(budget)
        [thread] = set(threading.enumerate()) - before
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_background_work_stops_at_eighty_percent_of_the_days_cap(budget_of):
    budget = budget_of(daily_cap=10)
    for _ in range(8):
        take(budget)
    with pytest.raises(QuotaExhausted) as stop:
        take(budget, patience=60)
    assert stop.value.resets_at == next_midnight_in_chicago()

    take(budget, Priority.INTERACTIVE)
    take(budget, Priority.INTERACTIVE)
    with pytest.raises(QuotaExhausted):
        take(budget, Priority.INTERACTIVE)


def test_other_integrations_calls_count_against_the_cap(budget_of):
    budget = budget_of(daily_cap=100)
    take(budget)
    today = datetime.now(CENTRAL).date()

    budget.observe(today, 79)
    take(budget)

    status = budget.status()
    assert (status.own_calls_today, status.calls_today) == (2, 80)
    with pytest.raises(QuotaExhausted):
        take(budget)
    # Marketo's count lags behind ours: it does not take calls back.
    budget.observe(today, 0)
    assert budget.status().calls_today == 2


def test_yesterdays_calls_do_not_count_today(budget_of):
    budget = budget_of(daily_cap=10)
    budget.observe(datetime.now(CENTRAL).date() - timedelta(days=1), 10)

    take(budget)


def test_while_the_instance_rests_nobody_calls(budget_of):
    budget = budget_of()
    budget.rest(1)
    with pytest.raises(Transient):
        take(budget, Priority.INTERACTIVE)
    assert budget.status().resting_until is not None

    take(budget, patience=5)

    assert budget.status().resting_until is None


def test_a_used_up_quota_stops_everybody_until_it_is_new(budget_of):
    budget = budget_of()
    resets_at = budget.stop_until_reset()
    budget.rest(0.1)

    for priority in Priority:
        with pytest.raises(QuotaExhausted) as stop:
            take(budget, priority, patience=60)
        assert stop.value.code == "607"
        assert abs(stop.value.resets_at - resets_at) < timedelta(milliseconds=1)
    assert budget.status().exhausted_until is not None


def test_an_admin_may_end_a_pause(budget_of):
    budget = budget_of()
    budget.stop_until_reset()

    budget.resume()

    take(budget)


def test_instances_do_not_share_a_budget(budget_of):
    take(budget_of("https://one.example", calls=1))
    take(budget_of("https://two.example", calls=1))


def test_after_a_clock_went_back_calls_from_the_future_block_one_window_at_most(
    budget_of, redis, redis_milliseconds
):
    future = {f"call-{n}": redis_milliseconds + HOUR for n in range(5)}
    redis.zadd(key("calls"), future)
    budget = budget_of(calls=5, window_seconds=0.3)
    with pytest.raises(Transient) as refusal:
        take(budget)
    assert refusal.value.retry_after <= 0.3

    take(budget, patience=1)


def test_after_a_clock_went_back_slots_from_the_future_come_free(
    budget_of, redis, redis_milliseconds
):
    redis.zadd(key("slots"), {"held": redis_milliseconds + 24 * HOUR})
    budget = budget_of(in_flight=1)
    with pytest.raises(Transient) as refusal:
        take(budget)

    assert refusal.value.retry_after <= 10


def test_after_a_clock_went_back_pauses_from_the_future_are_void(
    budget_of, redis, redis_milliseconds
):
    redis.zadd(key("pauses"), {"quota": redis_milliseconds + 48 * HOUR})
    redis.zadd(key("pauses"), {"rest": redis_milliseconds + HOUR})

    take(budget_of())


def test_after_a_clock_went_forward_old_entries_are_forgotten(budget_of, redis, redis_milliseconds):
    redis.zadd(key("calls"), {"old": redis_milliseconds - 24 * HOUR})
    redis.zadd(key("slots"), {"old": redis_milliseconds - 24 * HOUR})
    redis.zadd(key("pauses"), {"rest": redis_milliseconds - HOUR})

    take(budget_of(calls=1, in_flight=1))


def test_the_day_that_counts_is_the_one_at_the_moment_of_the_call(redis):
    class SlowRedis(Redis):
        """One whose answer about the time comes from before midnight."""

        def time(self):
            seconds, microseconds = super().time()
            return seconds - 24 * 3600, microseconds

    with SlowRedis.from_url(settings.REDIS_URL) as slow:
        take(CallBudget(slow, instance=INSTANCE))

    today = datetime.now(CENTRAL).date()
    assert redis.hget(key(f"day:{today}"), "own") == b"1"


def test_without_redis_nobody_calls():
    nobody = Redis(host="127.0.0.1", port=9)  # the discard port: nothing listens there

    with pytest.raises(Transient, match="call budget"):
        take(CallBudget(nobody, instance=INSTANCE))


def test_status_before_the_first_call_is_all_zero(budget_of):
    status = budget_of(daily_cap=1_000).status()

    assert (status.calls_in_window, status.in_flight, status.calls_today) == (0, 0, 0)
    assert (status.daily_cap, status.background_cap) == (1_000, 800)
    assert status.resets_at == next_midnight_in_chicago().astimezone(UTC)
