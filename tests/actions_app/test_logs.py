import json
import logging
import os
import subprocess
import sys

import pytest
import structlog
from django.conf import settings
from django.utils.module_loading import import_string

SPEAK = "import logging as l; l.getLogger('x').info('call'); l.getLogger('x').warning('trouble')"


@pytest.fixture
def rendered():
    """Render a record as the console handler would."""
    options = dict(settings.LOGGING["formatters"]["json"])
    formatter = options.pop("()")(**options)

    def render(message, **attributes):
        record = logging.makeLogRecord(
            {"msg": message, "name": "django.request", "levelname": "ERROR", **attributes}
        )
        return json.loads(formatter.format(record))

    return render


def test_a_line_has_its_level_logger_time_and_the_requests_id(rendered):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        line = rendered("Internal Server Error: /people/")
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "Internal Server Error: /people/",
        "level": "error",
        "logger": "django.request",
        "request_id": "r-1",
    }


def test_a_traceback_is_written_out(rendered):
    try:
        import_string("no.such.module")
    except ImportError as error:
        line = rendered("broken", exc_info=(ImportError, error, error.__traceback__))
    assert "Traceback (most recent call last)" in line["exception"]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/hooks/marketo/s3cret", "/hooks/marketo/***"),
        ("/accounts/invitation/s3cret/", "/accounts/invitation/***/"),
        ("/accounts/password/reset/key/1-s3cret/", "/accounts/password/reset/key/***/"),
        ("/people/?q=hooks", "/people/?q=hooks"),
    ],
)
def test_links_that_let_people_in_are_masked(rendered, path, logged):
    assert rendered(f"Not Found: {path}")["event"] == f"Not Found: {logged}"


def speak(stderr, *options, **environment):
    command = [sys.executable, settings.BASE_DIR / "manage.py", "shell", "-c", SPEAK, *options]
    kept = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
    subprocess.run(command, stderr=stderr, env=kept | environment, timeout=60, check=True)


@pytest.fixture
def logged(tmp_path):
    """What a command adds to a log file."""

    def logged(*options, **environment):
        path = tmp_path / "log"
        with path.open("wb") as file:
            speak(file, *options, **environment)
        return path.read_text()

    return logged


def test_a_command_logs_only_what_is_wrong(logged):
    text = logged()
    assert "trouble" in text
    assert "call" not in text


@pytest.mark.parametrize("options", [["--verbosity=2"], ["-v", "3"]])
def test_a_command_that_is_to_tell_more_logs_all(logged, options):
    assert "call" in logged(*options)


def test_a_command_logs_all_that_its_environment_asks_for(logged):
    assert "call" in logged(LOG_LEVEL="INFO")
