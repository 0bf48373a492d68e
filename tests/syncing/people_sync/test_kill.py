"""A worker that is killed in the middle of a run, again and again."""

import os
import random
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from people.models import Person, PersonChange
from syncing.models import SyncRun
from syncing.people_sync.dirty import mark_dirty
from syncing.people_sync.indexes import missing_indexes
from syncing.people_sync.services import start_initial_sync
from syncing.sandbox import SANDBOX_SMART_LIST_ID
from tests.syncing.conftest import connect
from tests.syncing.people_sync.driving import (
    drive,
    expected_people,
    forget_budget,
    full_sync,
    people_here,
    refreshed,
)

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 4
WORK = """
import time
from django.utils import timezone
from syncing.people_sync.engine import advance
while True:
    advance(now=timezone.now()) or time.sleep(0.02)
"""
LONGEST_SECONDS = 60


def worker():
    """Another process that syncs into the database of this test."""
    database = connection.settings_dict
    user = quote(database["USER"])
    password = quote(database["PASSWORD"])
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{user}:{password}@{address}",
        "DJANGO_SETTINGS_MODULE": "actions_app.settings.test",
        "MARKETO_EXPORT_POLL_SECONDS": "0.05",
        "MARKETO_CALLS_PER_20_SECONDS": "10000",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", WORK],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_after_progress(run, sandbox, chance):
    """Start a worker and kill it some moments after it has added to the run."""
    read = refreshed(run).read
    process = worker()
    deadline = time.monotonic() + LONGEST_SECONDS
    while refreshed(run).read == read and run.is_open and process.poll() is None:
        assert time.monotonic() < deadline
    time.sleep(chance.uniform(0, 0.1))
    process.send_signal(signal.SIGKILL)
    process.wait()
    # The calls it had in flight keep their slots of the budget for a minute or so.
    forget_budget(sandbox)


def kill_again_and_again(run, sandbox, chance):
    kills = 0
    while kills < KILLS and refreshed(run).is_open:
        kill_after_progress(run, sandbox, chance)
        kills += 1
    assert kills > 1
    assert run.read > 0
    sandbox.clear_faults()
    drive(run)
    assert refreshed(run).state == "SUCCEEDED"


@pytest.mark.parametrize("strategy", ["SMART_LIST", "ID_SWEEP"])
def test_a_worker_killed_again_and_again_still_brings_exactly_everybody(
    sandbox, strategy, monkeypatch
):
    chance = random.Random(strategy)
    sandbox.reset(people=40_000 if strategy == "SMART_LIST" else 6_000)
    is_list = strategy == "SMART_LIST"
    connect(sandbox, smart_list_id=SANDBOX_SMART_LIST_ID if is_list else None)
    run = start_initial_sync(requested_by=None, now=timezone.now())
    if not is_list:
        sandbox.add_fault("hang", "/rest/v1/leads.json", seconds=0.1, times=0)
    kill_again_and_again(run, sandbox, chance)
    assert SyncRun.objects.filter(kind="INITIAL").count() == 1
    assert people_here() == expected_people(sandbox)
    assert Person.objects.count() == len(people_here())
    # Each lead was counted once, whatever was read again.
    assert run.kept == run.written == len(people_here())
    assert run.read == run.kept + sum(run.skipped.values())
    assert missing_indexes() == []
    kinds = PersonChange.objects.exclude(changes__has_key="salesforce_opportunity_id")
    assert not kinds.exists()


@pytest.fixture
def slow_and_live(sandbox):
    """Thousands of people are in, and each further read takes a while."""
    sandbox.reset(people=6_000)
    connect(sandbox)
    full_sync()
    PersonChange.objects.all().delete()
    sandbox.add_fault("hang", "/rest/v1/leads.json", seconds=0.1, times=0)


def test_a_cycle_killed_again_and_again_still_brings_each_change_once(slow_and_live, sandbox):
    changed = list(people_here())[::40]
    for marketo_id in changed:
        sandbox.change_lead(marketo_id, title="Changed")
    mark_dirty(marketo_ids=sandbox.leads(), now=timezone.now())
    run = SyncRun.objects.create(kind="INCREMENTAL", strategy="CHANGES", started_at=timezone.now())
    kill_again_and_again(run, sandbox, random.Random("cycle"))
    assert people_here() == expected_people(sandbox)
    assert (run.read, run.written) == (len(sandbox.leads()), len(changed))
    assert_changed_once(changed)


def test_a_reconcile_killed_again_and_again_still_repairs_each_person_once(slow_and_live, sandbox):
    unheard_of = list(people_here())[::40]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_person SET title = 'Outdated' WHERE marketo_id = ANY(%s)", [unheard_of]
        )
    run = SyncRun.objects.create(kind="RECONCILE", started_at=timezone.now())
    kill_again_and_again(run, sandbox, random.Random("reconcile"))
    assert people_here() == expected_people(sandbox)
    assert run.written == len(unheard_of)
    assert_changed_once(unheard_of)


def assert_changed_once(marketo_ids):
    changes = PersonChange.objects.values_list("person__marketo_id", flat=True)
    assert sorted(changes) == sorted(marketo_ids)
