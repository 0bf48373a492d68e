"""Programs that outlived a killed launcher: found by what it wrote down, and ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

from actions_app.launcher.workspace import write_private

# A clock that is set while a program runs moves its start time by so much.
TOLERANCE_SECONDS = 2


def record(path: Path, pids: Iterable[int]) -> None:
    """Write down which processes are ours, by number and by when they started."""
    started = {}
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            started[pid] = psutil.Process(pid).create_time()
    write_private(path, json.dumps(started) + "\n")


def end_leftovers(path: Path) -> int:
    """End what an earlier launcher left running and return how many programs that were."""
    ours = list(_recorded(path))
    for process in ours:
        process.terminate()
    _, alive = psutil.wait_procs(ours, timeout=5)
    for process in alive:
        # Each program leads a process group, so this ends its children too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=5)
    return len(ours)


def _recorded(path: Path) -> Iterable[psutil.Process]:
    try:
        recorded = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return
    for pid, started in recorded.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            if abs(process.create_time() - started) < TOLERANCE_SECONDS:
                yield process
