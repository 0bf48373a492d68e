"""The app's own programs: the web server, one Celery worker a queue, beat, and the sandbox."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from actions_app.launcher.ports import first_free_port
from actions_app.launcher.programs import Program

# How many tasks of a queue run at the same time. Reading mailboxes must hold up nothing that is
# sent, and a slow mailbox none of the others.
QUEUES = {"inbound": 2, "outbound": 1, "mail": 2, "mailboxes": 2}
SANDBOX_PEOPLE = 20_000


@dataclass(frozen=True)
class SandboxPorts:
    """Where the sandbox is reached: its pages and Marketo, and its mail servers."""

    http: int
    smtp: int
    imap: int

    @classmethod
    def free(cls) -> SandboxPorts:
        return cls(first_free_port(8800), first_free_port(8825), first_free_port(8843))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"


def web(port: int) -> Program:
    options = ("--config=python:actions_app.gunicorn_settings", "--workers=2")
    address = (f"--bind=127.0.0.1:{port}", "--graceful-timeout=3")
    return Program(
        name="web",
        command=_python("gunicorn", "actions_app.wsgi", *options, *address),
        is_ready=partial(_answers, f"http://127.0.0.1:{port}/health/"),
    )


def workers() -> list[Program]:
    """One Celery worker for each queue, so that a long sync never holds up a mail."""
    return [
        Program(
            name=f"worker-{queue}",
            command=_celery(
                "worker",
                f"--queues={queue}",
                f"--hostname={queue}@localhost",
                f"--concurrency={concurrency}",
                "--without-gossip",
                "--without-mingle",
            ),
        )
        for queue, concurrency in QUEUES.items()
    ]


def beat(data: Path) -> Program:
    schedule = f"--schedule={data / 'beat-schedule'}"
    return Program(name="beat", command=_celery("beat", schedule, "--pidfile="))


def sandbox(ports: SandboxPorts, data: Path) -> Program:
    command = _python(
        "syncing.sandbox",
        f"--port={ports.http}",
        f"--smtp-port={ports.smtp}",
        f"--imap-port={ports.imap}",
        f"--data={data / 'sandbox'}",
        f"--people={SANDBOX_PEOPLE}",
        "--seed=1",
    )
    return Program(name="sandbox", command=command, is_ready=partial(_answers, f"{ports.url}/"))


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _celery(command: str, *arguments: str) -> tuple[str, ...]:
    common = ("--app=actions_app", "--quiet", command, "--loglevel=WARNING")
    return _python("celery", *common, *arguments)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 loopback, from a literal
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
