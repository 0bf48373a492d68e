"""Workers in processes of their own, to race and to be killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection

WORK = """
import time
from importlib import import_module
module, name = "{task}".rsplit(".", 1)
task = getattr(import_module(module), name)
while True:
    task()
    time.sleep(0.01)
"""


def worker(task):
    """Another process that does this task over and over in the database of this test."""
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgres://{user}:{password}@{address}",
        "DJANGO_SETTINGS_MODULE": "actions_app.settings.test",
        "MARKETO_SETTLE_SECONDS": "0.05",
        "MARKETO_CALLS_PER_20_SECONDS": "10000",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", WORK.format(task=task)],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def workers(count, task):
    running = [worker(task) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            kill(process)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
