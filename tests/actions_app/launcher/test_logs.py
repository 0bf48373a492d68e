import json

import pytest

from actions_app.launcher.logs import LogTail, open_log, serious_text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"event": "request_finished", "level": "info"}', ""),
        ('{"event": "Not Found", "level": "warning"}', "warning: Not Found"),
        ('{"event": "broken", "level": "error"}', "error: broken"),
        ('{"event": "cut o', ""),
        ("[INFO] Booting worker with pid: 7", ""),
        ("2026-11-22 FATAL:  out of disk", "2026-11-22 FATAL:  out of disk"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
    ],
)
def test_serious_lines_are_told_from_the_rest(line, text):
    assert serious_text(line) == text


@pytest.mark.parametrize(
    "logger", ["django.request", "django.security.csrf", "django_structlog.middlewares.request"]
)
def test_requests_that_are_refused_are_not_told(logger):
    line = {"code": 404, "event": "request_finished", "logger": logger}
    assert serious_text(json.dumps(line | {"level": "warning"})) == ""
    assert serious_text(json.dumps(line | {"level": "error"})) == "error: request_finished"


def test_a_line_is_read_once_and_only_when_it_is_complete(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("ERROR before\n")
    tail = LogTail("web", path, path.stat().st_size)
    with path.open("a") as log:
        log.write("ERROR in ")
        log.flush()
        assert tail.serious_lines() == []
        log.write("full\n")
    assert tail.serious_lines() == ["web: ERROR in full"]
    assert tail.serious_lines() == []


def test_a_log_that_has_grown_is_put_aside(tmp_path, monkeypatch):
    monkeypatch.setattr("actions_app.launcher.logs.KEEP_BYTES", 4)
    (tmp_path / "web.log").write_text("12345")
    assert open_log(tmp_path, "web").read_text() == ""
    assert (tmp_path / "web.log.1").read_text() == "12345"
