"""Keeps programs running: starts them, starts them again when they end, stops them all."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from actions_app.launcher import leftovers, programs
from actions_app.launcher.logs import LogTail, open_log
from actions_app.launcher.programs import Program

LONGEST_PAUSE_SECONDS = 60


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    tail: LogTail
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    def __init__(self, *, logs: Path, record: Path, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._record = record
        self._say = say
        self._children: list[Child] = []

    def start(self, program: Program) -> Child:
        log = open_log(self._logs, program.name)
        tail = LogTail(program.name, log, log.stat().st_size)
        process = programs.start(program, log)
        child = Child(program, process, tail, time.monotonic())
        self._children.append(child)
        self._write_record()
        return child

    def wait_until_ready(self, child: Child) -> None:
        """Wait, and keep from the terminal what the program said while it was not ready yet."""
        programs.wait_until_ready(child.program, child.process, child.tail.path)
        child.tail.skip()

    def watch(self) -> None:
        """Look once at every program: pass on its warnings, start it again when it has ended."""
        for child in self._children:
            for line in child.tail.serious_lines():
                self._say(line)
            if child.process.poll() is not None:
                self._revive(child)

    def stop(self) -> None:
        programs.stop((child.program, child.process) for child in self._children)
        self._children.clear()
        self._write_record()

    def _revive(self, child: Child) -> None:
        now = time.monotonic()
        if child.restart_at is None:
            lasted = now - child.started_at
            child.failures = 1 if lasted > LONGEST_PAUSE_SECONDS else child.failures + 1
            pause = min(2**child.failures, LONGEST_PAUSE_SECONDS)
            child.restart_at = now + pause
            self._say(
                f"{child.program.name} ended (exit code {child.process.returncode}), starts again "
                f"in {pause} s. The end of {child.tail.path}:\n"
                f"{programs.tail(child.tail.path, lines=8)}"
            )
        elif now >= child.restart_at:
            child.process = programs.start(child.program, child.tail.path)
            child.started_at, child.restart_at = now, None
            self._write_record()

    def _write_record(self) -> None:
        leftovers.record(self._record, (child.process.pid for child in self._children))
