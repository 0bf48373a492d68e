"""The launcher as a whole, in a copy of the project, so that a developer's own start is left be."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

from actions_app.launcher.ports import free_port
from actions_app.launcher.workspace import ROOT
from syncing.sandbox.testing import Mail

PARTS = ("manage.py", "actions_app", "people", "activities", "syncing", "admin_config")
SETTINGS = "DATABASE_URL REDIS_URL CREDENTIALS_KEYS DJANGO_SETTINGS_MODULE EMAIL_URL".split()


@pytest.fixture
def project(open_directory):
    for name in (*PARTS, "templates", "static"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, open_directory / name)
    return open_directory


@contextmanager
def launched(project, port, *options):
    """Run the launcher until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "actions_app.launcher", f"--port={port}", *options],
        cwd=project,
        env=without_settings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def said_until(process, words):
    """What the launcher prints up to the line with these words."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    pytest.fail("".join(lines))


def programs_of(project):
    recorded = json.loads((project / ".data/processes.json").read_text())
    return [psutil.Process(int(pid)) for pid in recorded]


def page(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/") as response:
        return response.read().decode()


def test_it_serves_stops_everything_and_recovers_from_being_killed(project):
    port = free_port()
    with launched(project, port, "--no-sandbox") as launcher:
        said = said_until(launcher, "Ctrl-C stops everything")
        assert f"Actions runs at http://localhost:{port}" in said
        password = json.loads((project / ".data/secrets.json").read_text())["passwords"]
        assert password["admin@example.com"] in said
        assert "Sign in" in page(port)
        programs = programs_of(project)
        names = {program.name() for program in programs}
        assert len(programs) == 8
        assert {"postgres", "valkey-server"} <= names
        launcher.kill()
        launcher.wait()

    # The next start finds whatever is left, and ends with nothing running.
    with launched(project, port, "--no-sandbox") as launcher:
        said = said_until(launcher, "Ctrl-C stops everything")
        assert password["admin@example.com"] in said
        assert "Sign in" in page(port)
        programs += programs_of(project)
    assert launcher.returncode == 0
    assert not [program for program in programs if program.is_running()]


def test_mail_of_the_app_lands_in_the_sandbox(project):
    with launched(project, free_port()) as launcher:
        said = said_until(launcher, "playing prospects")
        mail = Mail(re.search(r"(http://\S+)/mail", said)[1])
        subprocess.run(
            [sys.executable, "manage.py", "sendtestemail", "new@example.com"],
            cwd=project,
            env=without_settings(),
            check=True,
        )
        assert mail.message("new@example.com").sender == "actions@localhost"
    assert launcher.returncode == 0


def without_settings():
    """The environment of a terminal in which nobody has set anything."""
    return {name: value for name, value in os.environ.items() if name not in SETTINGS}
