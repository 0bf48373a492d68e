import json
import subprocess
import sys

import psutil
import pytest

from actions_app.launcher import supervisor as supervisor_module
from actions_app.launcher.leftovers import end_leftovers, record
from actions_app.launcher.programs import Program, ProgramFailed, stop
from actions_app.launcher.supervisor import Supervisor


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(logs=tmp_path, record=tmp_path / "processes.json", say=said.append)
    yield supervisor
    supervisor.stop()


def program(code, **options):
    return Program("thing", (sys.executable, "-c", code), **options)


def test_a_program_that_ends_is_named_with_its_last_words_and_started_again(
    supervisor, said, tmp_path, monkeypatch
):
    monkeypatch.setattr(supervisor_module, "LONGEST_PAUSE_SECONDS", 0)
    child = supervisor.start(program("print('out of paper'); raise SystemExit(3)"))
    first = child.process
    first.wait()
    supervisor.watch()
    assert "thing ended (exit code 3)" in said[0]
    assert "out of paper" in said[0]
    supervisor.watch()
    assert child.process.pid != first.pid
    child.process.wait()
    assert (tmp_path / "thing.log").read_text() == "out of paper\n" * 2


def test_the_pause_before_the_next_try_grows(supervisor, said):
    child = supervisor.start(program("raise SystemExit(1)"))
    child.process.wait()
    supervisor.watch()
    supervisor.watch()
    assert "starts again in 2 s" in said[0]
    assert len(said) == 1
    child.restart_at = None
    supervisor.watch()
    assert "starts again in 4 s" in said[1]


def test_only_warnings_and_errors_come_up_to_the_terminal(supervisor, said):
    child = supervisor.start(program("print('all is well'); print('WARNING: paper is low')"))
    child.process.wait()
    supervisor.watch()
    assert said[0] == "thing: WARNING: paper is low"
    assert not any(line.startswith("thing: all is well") for line in said)


def test_a_program_that_never_gets_ready_is_reported_with_its_log(supervisor):
    child = supervisor.start(program("print('no such host')", is_ready=lambda: False))
    with pytest.raises(ProgramFailed, match="thing ended at once:\nno such host"):
        supervisor.wait_until_ready(child)


def test_servers_stop_after_the_programs_that_use_them(tmp_path):
    order = []

    class Process:
        def __init__(self, name):
            self.name = name

        def poll(self):
            return None

        def send_signal(self, signal):
            order.append(self.name)

        def wait(self, timeout):
            order.append(f"{self.name} ended")

    server = Program("server", (), stops_last=True)
    stop([(server, Process("server")), (Program("web", ()), Process("web"))])
    assert order == ["web", "web ended", "server", "server ended"]


def test_left_overs_end_and_later_holders_of_their_numbers_live_on(tmp_path):
    path = tmp_path / "processes.json"
    ours, stranger = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
    try:
        record(path, [ours.pid, stranger.pid])
        recorded = json.loads(path.read_text())
        recorded[str(stranger.pid)] -= 3600
        path.write_text(json.dumps(recorded))
        assert end_leftovers(path) == 1
        assert not psutil.pid_exists(ours.pid) or ours.poll() is not None
        assert stranger.poll() is None
    finally:
        for process in (ours, stranger):
            process.kill()
            process.wait()


@pytest.mark.parametrize("content", [None, "", "{half"])
def test_a_missing_or_broken_record_means_no_left_overs(tmp_path, content):
    path = tmp_path / "processes.json"
    if content is not None:
        path.write_text(content)
    assert end_leftovers(path) == 0
