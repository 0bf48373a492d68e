"""Thousands of good and bad requests, made up from the schema, against a real gunicorn."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from actions_app.launcher import app_programs
from actions_app.launcher.programs import start, stop, wait_until_ready
from activities.recording import Kind
from tests.activities.logged import log
from tests.factories import make_people, make_person
from tests.nasty import NASTY

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture
def server(transactional_db, monkeypatch, tmp_path):
    """The app, served from this test's database."""
    database = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    monkeypatch.setenv("DATABASE_URL", urlunsplit(database._replace(path=f"/{name}")))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "actions_app.settings.test")
    monkeypatch.setenv("API_CALLS_PER_MINUTE", "1000000")
    port = free_port()
    program = app_programs.web(port)
    log = tmp_path / "gunicorn.log"
    process = start(program, log)
    try:
        wait_until_ready(program, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop([(program, process)])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def operation_count():
    paths = SchemaGenerator(api_version="v1").get_schema(public=True)["paths"]
    return sum(len(operations) for operations in paths.values())


def test_schemathesis_finds_nothing(server, token, tmp_path):
    made, secret = token
    make_people(20)
    for text in NASTY:
        make_person(last_name=text, company=text, source=text)
    make_person(removed_reason="DELETED")
    person = make_person()
    for kind in Kind:
        log(person, made.user, kind=kind)

    run = subprocess.run(
        [
            SCHEMATHESIS,
            f"--config-file={CONFIG}",
            "run",
            f"{server}/api/v1/schema/",
            f"--header=Authorization: Token {secret}",
            "--mode=all",
            "--max-examples=25",
            "--seed=20261122",
            "--continue-on-failure",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-8_000:]
    assert f"Tested: {operation_count()}" in run.stdout
