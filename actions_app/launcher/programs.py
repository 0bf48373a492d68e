"""Programs as child processes: started under the right account, stopped with their own signal."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

PR_SET_PDEATHSIG = 1
SECONDS_TO_STOP = 10


class ProgramFailed(Exception):
    """A program ended, or did not get ready in time; the message holds the end of its log."""


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account for programs that refuse to run as root; None when this process is not root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


@dataclass(frozen=True)
class Program:
    """What to start, how to see that it is ready and how to ask it to stop."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    is_ready: Callable[[], bool] = lambda: True
    # A server that others use stops after them.
    stops_last: bool = False


def start(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start in a session of its own, so that Ctrl-C in the terminal reaches only the launcher."""
    account = program.account
    with log.open("ab") as output:
        return subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **program.environment},
            start_new_session=True,
            preexec_fn=partial(_stop_with_parent, program.stop_signal),  # noqa: PLW1509 one thread
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
        )


def run(program: Program, log: Path) -> None:
    """Start and wait for the end; raise `ProgramFailed` when it is not a good one."""
    if start(program, log).wait():
        raise ProgramFailed(f"{program.name} failed:\n{tail(log)}")


def _stop_with_parent(stop_signal: signal.Signals) -> None:
    """Have Linux stop the child even when the launcher is killed and cannot do it itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, stop_signal)


def wait_until_ready(
    program: Program, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60
) -> None:
    """Return once the program answers; raise `ProgramFailed` when it ends or takes too long."""
    deadline = time.monotonic() + seconds
    while not program.is_ready():
        if process.poll() is not None:
            raise ProgramFailed(f"{program.name} ended at once:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{program.name} did not get ready:\n{tail(log)}")
        time.sleep(0.02)


def stop(running: Iterable[tuple[Program, subprocess.Popen[bytes]]]) -> None:
    """Ask the programs to end, servers after those that use them; kill what does not."""
    by_turn = sorted(running, key=lambda pair: pair[0].stops_last)
    for _, pairs in groupby(by_turn, key=lambda pair: pair[0].stops_last):
        turn = list(pairs)
        for program, process in turn:
            if process.poll() is None:
                process.send_signal(program.stop_signal)
        deadline = time.monotonic() + SECONDS_TO_STOP
        for _, process in turn:
            _wait_or_kill(process, deadline)


def _wait_or_kill(process: subprocess.Popen[bytes], deadline: float) -> None:
    try:
        process.wait(max(0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        # Each program leads a process group, so this ends its children too.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def tail(log: Path, lines: int = 15) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
