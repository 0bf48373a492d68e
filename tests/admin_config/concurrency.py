"""Two requests at once, as from two tabs."""

import threading

from django.db import connection


def at_once(*actions):
    """Run the actions in threads that start together; return what each returned or raised."""
    outcomes = [None] * len(actions)
    barrier = threading.Barrier(len(actions), timeout=10)

    def run(index, action):
        try:
            barrier.wait()
            outcomes[index] = action()
        except Exception as error:  # noqa: BLE001 - handed to the test
            outcomes[index] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(index, action)) for index, action in enumerate(actions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
