"""What every log line goes through, whoever wrote it."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

# Links that let in whoever knows them: webhook, invitation, password reset, Salesforce's answer.
SECRET_PLACES = re.compile(
    r"(/hooks/marketo/|/accounts/invitation/|/accounts/password/reset/key/|/t/[a-z]/"
    r"|/salesforce/callback/\?)[^/\s?\"']+"
)


def mask_secret_links(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Structlog processor: keep the secret part of such links out of the log."""
    return {
        name: SECRET_PLACES.sub(r"\1***", value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def usual_level() -> str:
    """A server logs each request and call; a command, what is wrong, unless it is to tell more."""
    is_command = Path(sys.argv[0]).name == "manage.py" and "runserver" not in sys.argv
    return "WARNING" if is_command and _verbosity() <= 1 else "INFO"


def _verbosity() -> int:
    """What the command will understand, read before it is there to ask."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-v", "--verbosity", type=int, default=1)
    known, _ = parser.parse_known_args(sys.argv[1:])
    return int(known.verbosity)
