"""Who writes opt-outs takes turns."""

import time
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, connections
from django.utils import timezone

from people.session_locks import Busy, in_turn
from people.unsubscribes import resubscribe
from syncing.unsubscribe_sync import pushes, runs
from syncing.unsubscribe_sync.locks import WRITERS
from syncing.unsubscribe_sync.pushes import push_due
from tests.syncing.unsubscribe_sync.conftest import (
    is_opted_out,
    person_with,
    push_of,
    run_now,
    stop,
)

LONGEST = 30.0


@contextmanager
def another_writer():
    """It has the lock; call its functions in the database by their names."""
    other = connection.copy()

    def ask(function):
        with other.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [WRITERS])
            return cursor.fetchone()[0]

    try:
        ask("pg_advisory_lock")
        yield ask
    finally:
        other.close()


@contextmanager
def meanwhile(work):
    """`work` in a thread, which by now waits for the lock."""

    def run():
        work()
        connections.close_all()

    thread = Thread(target=run)
    thread.start()
    give_up_at = time.monotonic() + LONGEST
    while not is_anybody_waiting():
        assert time.monotonic() < give_up_at, "Nobody waits in the queue of the database."
    yield
    thread.join(LONGEST)
    assert not thread.is_alive()


def is_anybody_waiting():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE datname = current_database() AND objid = %s AND NOT granted",
            [WRITERS],
        )
        return cursor.fetchone() is not None


def test_there_is_one_writer_at_a_time(db):
    with another_writer(), pytest.raises(Busy), in_turn(WRITERS, seconds=0.2):
        pytest.fail("There were two writers.")
    with in_turn(WRITERS, seconds=0.2):
        pass


def test_who_waits_goes_before_who_comes_again(db):
    is_over = Event()

    def take_a_turn():
        with in_turn(WRITERS, seconds=LONGEST):
            is_over.wait(LONGEST)

    with another_writer() as ask, meanwhile(take_a_turn):
        ask("pg_advisory_unlock")
        got_it_again = ask("pg_try_advisory_lock")
        is_over.set()

    assert not got_it_again


def test_a_push_that_got_no_turn_leaves_it_to_the_next_tick(main, salesforce, monkeypatch):
    monkeypatch.setattr(pushes, "WAIT_SECONDS", 0.1)
    ann, record_id = person_with(salesforce)
    stop(ann)

    with another_writer():
        assert push_due(now=timezone.now()) is False
    assert push_of(ann).state == "WAITING"

    push_due(now=timezone.now())
    assert is_opted_out(salesforce, record_id)


def test_a_run_that_only_reads_keeps_no_writer_waiting(nightly, salesforce, monkeypatch):
    monkeypatch.setattr(runs, "WAIT_SECONDS", 0.1)
    ann, _ = person_with(salesforce)
    stop(ann)
    push_due(now=timezone.now())

    with another_writer():
        run = run_now()

    assert (run.state, run.compared, run.written) == ("DONE", 1, 0)


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_before_a_run_writes_is_not_written(nightly, salesforce, admin):
    ann, lead = person_with(salesforce)
    bob, bobs = person_with(salesforce, email="bob@example.com")
    for person in (ann, bob):
        stop(person).push.delete()

    with another_writer() as ask, meanwhile(run_now):
        resubscribe(person=ann, by=admin, reason="Said so", now=timezone.now())
        ask("pg_advisory_unlock")

    assert not is_opted_out(salesforce, lead)
    assert is_opted_out(salesforce, bobs)
