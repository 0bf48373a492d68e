"""The terminal stays quiet: of all the logs only warnings and errors come up."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERIOUS = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|^Traceback")
SERIOUS_LEVELS = {"warning", "error", "critical"}
# What they warn of is a request that was refused (4xx): its answer has told whoever sent it.
REQUEST_LOGGERS = {
    "django.request",
    "django.security.csrf",
    "django_structlog.middlewares.request",
}
KEEP_BYTES = 10_000_000


@dataclass
class LogTail:
    """Reads what a program adds to its log."""

    name: str
    path: Path
    offset: int

    def skip(self) -> None:
        self.offset = self.path.stat().st_size

    def serious_lines(self) -> list[str]:
        """Return the new lines that somebody should see, with the program's name in front."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            added = file.read()
        complete = added[: added.rfind(b"\n") + 1]
        self.offset += len(complete)
        lines = map(serious_text, complete.decode(errors="replace").splitlines())
        return [f"{self.name}: {text}" for text in lines if text]


def serious_text(line: str) -> str:
    """The message of a warning or worse, in JSON or as plain text; empty for all else."""
    if line.startswith("{"):
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            return ""
        return f"{event['level']}: {event.get('event', '')}" if _is_serious(event) else ""
    return line if SERIOUS.search(line) else ""


def _is_serious(event: dict[str, Any]) -> bool:
    level = event.get("level")
    if level == "warning" and event.get("logger") in REQUEST_LOGGERS:
        return False
    return level in SERIOUS_LEVELS


def open_log(folder: Path, name: str) -> Path:
    """Return the path of a program's log, with a grown one put aside."""
    path = folder / f"{name}.log"
    if path.exists() and path.stat().st_size > KEEP_BYTES:
        path.replace(path.with_suffix(".log.1"))
    path.touch(mode=0o600)
    return path
