"""How fast activities are recorded and reach Marketo, freely and under the real limits."""

import itertools
import statistics
import time

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from activities.recording import record, record_all
from syncing.connections import client_for, connect_marketo
from syncing.delivery.models import Destination, MarketoActivityLog
from syncing.delivery.records import record_of
from syncing.delivery.selectors import tally, waiting
from syncing.delivery.services import in_marketo
from syncing.delivery.sweep import sweep
from syncing.models import MarketoConnection
from syncing.sandbox import SANDBOX_CLIENT_ID, SANDBOX_CLIENT_SECRET
from syncing.sandbox.testing import running_sandbox
from tests.bench.load import WINDOW_CALLS, WINDOW_SECONDS, empty_tables
from tests.bench.report import heading, row, verdict
from tests.syncing.delivery.driving import DETAILS, EXTERNAL, entry, people_of, start_logging

PEOPLE = 2_000
BATCH = 1_000
SINGLE_CALLS = 200


def bench_delivery(count: int = 10_000, limited: int = 78_000) -> None:
    bench_recording()
    bench_unlimited(count)
    bench_limited(limited)


def bench_recording(count: int = 1_000) -> None:
    """What an activity costs whoever records it: the log, the counters, and the outbox."""
    heading(f"Recording {count:,} activities of mixed kinds")
    with running_sandbox(people=PEOPLE, limits=False) as sandbox:
        entries = mixed_entries(sandbox, 2 * count)
        times = list(map(timed_recording, entries[: count - 1]))
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            record(entries[count - 1], now=timezone.now())
        together = timed(lambda: record_all(entries[count:], now=timezone.now()))
    row("one by one", f"{1000 * statistics.median(times):.2f} ms each, {len(queries)} queries")
    row("all at once, with the commit", f"{1000 * together / count:.2f} ms each")
    verdict("at most 3 ms", is_met=statistics.median(times) <= 0.003)
    verdict("at most 6 queries", is_met=len(queries) <= 6)


def bench_unlimited(count: int) -> None:
    heading(f"{count:,} activities of mixed kinds to a Marketo without limits")
    no_limit = override_settings(MARKETO_CALLS_PER_20_SECONDS=1_000_000)
    with no_limit, running_sandbox(people=PEOPLE, limits=False) as sandbox:
        record_many(mixed_entries(sandbox, count))
        seconds = timed(deliver_all)
        calls = sandbox.calls()[EXTERNAL]
        row("delivered", f"{count:,} in {seconds:.2f} s = {count / seconds:,.0f}/s, {calls} calls")
        verdict("at least 1,000/s", is_met=count / seconds >= 1_000)
        verdict("at least 250 a call", is_met=count / calls >= 250)
        verdict("each once", is_met=is_each_there_once(sandbox, count))
        single = single_rate()
        row("one call for each (baseline)", f"{single:,.0f}/s in a sample of {SINGLE_CALLS}")
        row("delivery : baseline", f"{count / seconds / single:.1f} x")


def bench_limited(count: int) -> None:
    """So many that the last window of the limit is used up like the others."""
    heading(f"{count:,} activities under the real limits")
    with running_sandbox(people=PEOPLE, limits=True) as sandbox:
        record_many(mixed_entries(sandbox, count))
        seconds = timed(deliver_all)
        calls = sandbox.calls()[EXTERNAL]
        windows = int(seconds // WINDOW_SECONDS) + 1
        share = calls / (WINDOW_CALLS * windows)
        row("delivered", f"{count:,} in {seconds:.1f} s = {count / seconds:,.0f}/s")
        row("calls", f"{calls} in {windows} windows of {WINDOW_CALLS}: {share:.1%} of them")
        verdict("at least 95 %", is_met=share >= 0.95)
        verdict("each once", is_met=is_each_there_once(sandbox, count))


def mixed_entries(sandbox, count: int) -> list:
    """Things that happened to people of this Marketo, which logs them from now on."""
    empty_tables()
    marketo = connect_marketo(
        base_url=sandbox.base_url,
        client_id=SANDBOX_CLIENT_ID,
        client_secret=SANDBOX_CLIENT_SECRET,
        now=timezone.now(),
    )
    start_logging(marketo)
    people = people_of(sandbox)
    seller, _ = get_user_model().objects.get_or_create(email="bench@example.com")
    pairs = zip(itertools.cycle(people), itertools.cycle(DETAILS), strict=False)
    return [entry(person, seller, kind) for person, kind in itertools.islice(pairs, count)]


def record_many(entries: list) -> None:
    for first in range(0, len(entries), BATCH):
        record_all(entries[first : first + BATCH], now=timezone.now())


def deliver_all() -> None:
    while waiting().exists():
        sweep(now=timezone.now())


def single_rate() -> float:
    """Activities a second when each has a call of its own."""
    types = MarketoActivityLog.load().types
    sample = in_marketo().select_related("activity__person")[:SINGLE_CALLS]
    records = [record_of(delivery, types) for delivery in sample]
    with client_for(MarketoConnection.objects.get()) as client:
        seconds = timed(
            lambda: [client.custom_activities.add([one], begin_within=60) for one in records]
        )
    return len(records) / seconds


def is_each_there_once(sandbox, count: int) -> bool:
    held = [one["attributes"]["Activity UUID"] for one in sandbox.custom_activities()]
    return len(held) == len(set(held)) == count == tally(Destination.MARKETO).delivered


def timed_recording(one) -> float:
    """In the caller's transaction, whose commit is the caller's."""
    with transaction.atomic():
        return timed(lambda: record(one, now=timezone.now()))


def timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
