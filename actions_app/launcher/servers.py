"""PostgreSQL and Redis for development, tests and benches, without installing either.

`DATABASE_URL` and `REDIS_URL` win when they are set; else the embedded wheels serve, else what
the system has.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actions_app.launcher.postgres import postgres
from actions_app.launcher.programs import Program, start, stop, wait_until_ready
from actions_app.launcher.valkey import valkey


@dataclass(frozen=True)
class Servers:
    """Where PostgreSQL and Redis are (or will be), and the programs that have to run for it."""

    database_url: str
    redis_url: str
    programs: tuple[Program, ...]

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def plan_servers(directory: Path, *, durable: bool) -> Servers:
    """Decide which servers are needed and prepare them; nothing is started yet."""
    programs = []
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    if not database_url:
        database_url, program = postgres(directory, durable=durable)
        programs.append(program)
    if not redis_url:
        redis_url, program = valkey(directory, durable=durable)
        programs.append(program)
    return Servers(database_url, redis_url, tuple(programs))


@contextmanager
def running_servers(directory: Path, *, durable: bool) -> Iterator[Servers]:
    """Run the servers with their data and logs in `directory` until the block ends."""
    servers = plan_servers(directory, durable=durable)
    logs = [directory / f"{program.name}.log" for program in servers.programs]
    running = []
    try:
        for program, log in zip(servers.programs, logs, strict=True):
            running.append((program, start(program, log)))
        for (program, process), log in zip(running, logs, strict=True):
            wait_until_ready(program, process, log)
        yield servers
    finally:
        stop(running)


@contextmanager
def temporary_servers() -> Iterator[Servers]:
    """Run fast servers that forget everything, for tests and benches."""
    with tempfile.TemporaryDirectory(prefix="actions-") as name:
        directory = Path(name)
        # PostgreSQL may have to run under another account that must pass through here.
        directory.chmod(0o711)
        with running_servers(directory, durable=False) as servers:
            yield servers
