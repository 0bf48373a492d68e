"""How fast activities become tasks in Salesforce, and how many of the org's calls that takes."""

import itertools
import time
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from activities.recording import record_all
from syncing.delivery.models import Destination
from syncing.delivery.selectors import tally
from syncing.delivery.services import retry
from syncing.salesforce import SalesforceClient
from syncing.salesforce_connections.credentials import session_of
from syncing.salesforce_connections.models import SalesforceConnection, SalesforceOrg
from syncing.salesforce_settings.fields import KEY
from syncing.sandbox.testing import running_sandbox
from syncing.task_logging.models import LoggedTask
from syncing.task_logging.selectors import waiting
from syncing.task_logging.sweep import sweep
from tests.bench.load import empty_tables
from tests.bench.report import heading, row, verdict
from tests.syncing.delivery.driving import entry
from tests.syncing.salesforce_connections.conftest import connect_main
from tests.syncing.task_logging.driving import log_all as log_to_the_end
from tests.syncing.task_logging.driving import people_of, start_logging
from tests.syncing.task_logging.test_proof import FAULTS, RECORD_FAULTS, TASKS, parked

PEOPLE = 2_000
BATCH = 1_000
SINGLE_CALLS = 200
TASK_KINDS = ("EMAIL_SENT", "EMAIL_SENT", "CALL_RECEIVED", "EMAIL_REPLIED")

# A day of 200 sellers, each with 60 things done and 150 opens and clicks of their emails.
SELLERS = 200
DONE, ENGAGED = 60, 150
DAY = timedelta(hours=8)
TICK = timedelta(seconds=30)


def bench_salesforce(count: int = 10_000) -> None:
    bench_tasks(count)
    bench_faults(count)
    bench_day()


def bench_tasks(count: int) -> None:
    heading(f"{count:,} tasks to Salesforce")
    with running_sandbox(people=PEOPLE, limits=False) as sandbox:
        people, sellers = prepared(sandbox, sellers=1)
        entries = entries_of(people, sellers, TASK_KINDS, count)
        for first in range(0, count, BATCH):
            record_all(entries[first : first + BATCH], now=timezone.now())
        before = sandbox.salesforce.api_usage()
        seconds = timed(log_all)
        calls = sandbox.salesforce.api_usage() - before
        row("logged", f"{count:,} in {seconds:.2f} s = {count / seconds:,.0f}/s, {calls} calls")
        row("rows a call", f"{count / calls:.0f}")
        verdict("at least 500/s", is_met=count / seconds >= 500)
        verdict("at least 150 a call", is_met=count / calls >= 150)
        verdict("each once", is_met=is_each_there_once(sandbox.salesforce, count))
        single = single_rate(people)
        row("one call for each (baseline)", f"{single:,.0f}/s in a sample of {SINGLE_CALLS}")
        row("logging : baseline", f"{count / seconds / single:.1f} x")


def bench_faults(count: int) -> None:
    heading(f"{count:,} activities while two of three calls fail in one way or another")
    with running_sandbox(people=PEOPLE, limits=False) as sandbox:
        people, sellers = prepared(sandbox, sellers=1)
        entries = entries_of(people, sellers, TASK_KINDS, count)
        for first in range(0, count, BATCH):
            record_all(entries[first : first + BATCH], now=timezone.now())
        for fault in FAULTS:
            sandbox.salesforce.add_fault(path=TASKS, times=0, probability=0.12, **fault)
        for fault in RECORD_FAULTS:
            sandbox.salesforce.add_fault("record", object="Task", **fault)
        log_to_the_end()
        sandbox.salesforce.clear_faults()
        sandbox.salesforce.commit_late()
        retry(parked(), now=timezone.now())
        log_to_the_end()
        verdict("none lost, none twice", is_met=is_each_there_once(sandbox.salesforce, count))


def bench_day() -> None:
    total = SELLERS * (DONE + ENGAGED)
    heading(f"A day's {total:,} activities of {SELLERS} sellers, swept every {TICK.seconds} s")
    with running_sandbox(people=PEOPLE, limits=False) as sandbox:
        people, sellers = prepared(sandbox, sellers=SELLERS)
        before = sandbox.salesforce.api_usage()
        seconds = timed(lambda: live_through(day_of(people, sellers)))
        calls = sandbox.salesforce.api_usage() - before
        numbers = tally(Destination.SALESFORCE)
        row("logged", f"{numbers.delivered:,} of {total:,} in {calls:,} calls, {seconds:.0f} s")
        verdict("all of them", is_met=numbers.delivered == numbers.recorded == total)
        verdict("at most 3,000 calls", is_met=calls <= 3_000)


def prepared(sandbox, *, sellers: int) -> tuple[list, list]:
    """An org with our fields and everything logged over the main connection."""
    empty_tables()
    SalesforceConnection.objects.all().delete()
    SalesforceOrg.objects.all().delete()
    connect_main(sandbox.salesforce)
    start_logging()
    users = get_user_model().objects
    found = [users.get_or_create(email=f"bench{n}@example.com")[0] for n in range(sellers)]
    return people_of(sandbox), found


def entries_of(people, sellers, kinds, count: int) -> list:
    things = zip(
        itertools.cycle(people), itertools.cycle(sellers), itertools.cycle(kinds), strict=False
    )
    return [entry(*thing) for thing in itertools.islice(things, count)]


def day_of(people, sellers) -> list[list]:
    """The day by ticks: what is done, and what comes of the emails five times soon after."""
    done = entries_of(people, sellers, TASK_KINDS, SELLERS * DONE)
    sent = [one for one in done if one.kind == "EMAIL_SENT"]
    kinds = itertools.cycle(("EMAIL_OPENED", "EMAIL_OPENED", "EMAIL_CLICKED"))
    engaged = [
        entry(email.person, email.actor, next(kinds), about_id=email.about_id)
        for email in sent
        for _ in range(SELLERS * ENGAGED // len(sent))
    ]
    ticks = int(DAY / TICK)
    return [part(done, n, ticks) + part(engaged, n - 1, ticks) for n in range(ticks + 1)]


def part(entries: list, number: int, count: int) -> list:
    """One of `count` parts of the same size, none before the first and after the last."""
    size = len(entries) / count
    return entries[max(0, int(size * number)) : max(0, int(size * (number + 1)))]


def live_through(day: list[list]) -> None:
    """At the pace of the database instead of the clock's; afterwards what waits comes due."""
    now = timezone.now()
    for entries in day:
        now += TICK
        record_all(entries, now=now)
        sweep(now=now)
    while waiting().exists():
        now += TICK
        sweep(now=now)


def log_all() -> None:
    while waiting().exists():
        sweep(now=timezone.now())


def is_each_there_once(salesforce, count: int) -> bool:
    held = [task[KEY.name] for task in salesforce.live()]
    return len(held) == len(set(held)) == count == LoggedTask.objects.exclude(task_id="").count()


def single_rate(people) -> float:
    """Tasks a second when each has a call of its own."""
    record = {"Subject": "Bench", "WhoId": people[0].salesforce_contact_id or None}
    with SalesforceClient(session_of(SalesforceConnection.objects.get())) as client:
        seconds = timed(lambda: [client.create("Task", [record]) for _ in range(SINGLE_CALLS)])
    return SINGLE_CALLS / seconds


def timed(work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
