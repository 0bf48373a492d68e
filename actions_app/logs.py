"""What every log line goes through, whoever wrote it."""

from __future__ import annotations

import re
import sys
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
    """A server logs each request and call; who waits for a command's answer, what is wrong."""
    is_command = Path(sys.argv[0]).name == "manage.py" and "runserver" not in sys.argv
    return "WARNING" if is_command and sys.stderr.isatty() else "INFO"
