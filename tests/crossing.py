"""Two transactions that meet at a lock."""

import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction


def cross(begin, other, go_on):
    """Begin, and go on in the same transaction once the other, in its own, waits for a lock.

    Each raises what the database says when it holds what the other needs.
    """

    def run():
        try:
            other()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            begin()
            waiting = pool.submit(run)
            wait_until_somebody_waits_for_a_lock()
            go_on()
        waiting.result(timeout=30)


def wait_until_somebody_waits_for_a_lock():
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                # Who waits for a row waits for a transaction, which is in no database.
                "SELECT 1 FROM pg_locks AS waiting JOIN pg_locks AS held USING (pid)"
                " WHERE NOT waiting.granted AND held.database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone():
                return
        time.sleep(0.05)
    raise AssertionError("The worker never came to the lock.")
