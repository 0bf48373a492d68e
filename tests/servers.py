"""Pytest plugin: give the suite a PostgreSQL and a Redis before Django reads its settings.

Loaded by `-p tests.servers`, because a conftest.py comes too late. The servers start once, in the
process that was called; pytest-xdist's workers inherit their addresses, and each worker takes a
database of its own in both: pytest-django adds the worker's name, and this adds its number.
"""

import os
from contextlib import ExitStack
from urllib.parse import urlsplit, urlunsplit

import pytest

from actions_app.launcher.servers import temporary_servers


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config):
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        number = int(worker.removeprefix("gw"))
        os.environ["REDIS_URL"] = nth_redis_database(os.environ["REDIS_URL"], number)
    else:
        servers = ExitStack()
        early_config.add_cleanup(servers.close)
        os.environ.update(servers.enter_context(temporary_servers()).environment)
    return (yield)


def nth_redis_database(url, number):
    parts = urlsplit(url)
    first = int(parts.path.strip("/") or 0)
    return urlunsplit(parts._replace(path=f"/{first + number}"))
